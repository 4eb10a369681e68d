-- First month each distributor has lines of a kind in.
SELECT distributor_id, kind, MIN(business_period) FROM fold GROUP BY distributor_id, kind
