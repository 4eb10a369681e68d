-- What settlement asks to find out what is due, so that it reads nothing else when nothing is.

-- Counts the imports that changed customers, products or distributors: these have no versions.
CREATE TABLE master_clock (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;
INSERT INTO master_clock (id, version) VALUES (1, 0);

-- Which version touched the shipments and payments of a distributor and month last, and those of a
-- few distributors alone, without reading them through.
CREATE INDEX record_by_owner ON record (kind, distributor_id, day, from_version, to_version) WHERE day IS NOT NULL;
DROP INDEX record_by_day;

-- Who reported a month first.
CREATE INDEX load_day_by_month ON load_day (distributor_id, kind, business_period, load_id);
