-- Yuan shipped on the days $1 to $2, by distributor: whole yuan and millionths apart (see accepted).
SELECT distributor_id, CAST(SUM(amount / 1000000) AS BIGINT), CAST(SUM(amount % 1000000) AS BIGINT)
FROM record INDEXED BY record_shipped
WHERE kind = 'shipment' AND to_version IS NULL AND day BETWEEN $1 AND $2
GROUP BY distributor_id
