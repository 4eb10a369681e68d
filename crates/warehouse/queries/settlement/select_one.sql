SELECT settlement_id, period, at, who, settings_version, as_of_load, provisional, gates FROM settlement WHERE settlement_id = $1
