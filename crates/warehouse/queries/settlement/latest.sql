SELECT settlement_id, period, at, who, settings_version, as_of_load, provisional, gates FROM settlement WHERE period = $1
ORDER BY settlement_id DESC LIMIT 1
