-- Statements of a month there ever were, by party.
SELECT party_id, COUNT(*) FROM statement WHERE period = $1 GROUP BY party_id
