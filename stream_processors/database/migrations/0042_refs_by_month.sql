-- Refs are the most rows of all, and are looked up within a window of time: a partition a month, dropped whole
-- (database/README.md). What is here stays where it is, as a partition that ends with the last month it holds.
ALTER INDEX crossing_refs_by_ref RENAME TO crossing_refs_before_by_ref;
ALTER INDEX crossing_refs_by_crossing RENAME TO crossing_refs_before_by_crossing;
ALTER TABLE crossing_refs RENAME TO crossing_refs_before;

CREATE TABLE crossing_refs (
    ref         bytea       NOT NULL,
    occurred_at timestamptz NOT NULL,
    crossing_id uuid        NOT NULL,
    revision    integer     NOT NULL,
    kind        text        NOT NULL,
    occupant    integer     NOT NULL,
    reading     integer     NOT NULL
) PARTITION BY RANGE (occurred_at);
CREATE INDEX crossing_refs_by_ref ON crossing_refs (ref, occurred_at);
CREATE INDEX crossing_refs_by_crossing ON crossing_refs (crossing_id);

DO $$
DECLARE
    newest timestamptz := greatest(now(), (SELECT max(occurred_at) FROM crossing_refs_before));
    ends date := (date_trunc('month', newest AT TIME ZONE 'UTC') + interval '1 month')::date;
    kept text := 'crossing_refs_until_' || to_char(ends, 'YYYYMMDD');
BEGIN
    EXECUTE format('ALTER TABLE crossing_refs_before RENAME TO %I', kept);
    EXECUTE format('ALTER TABLE crossing_refs ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
                   kept, ends::timestamp AT TIME ZONE 'UTC');
END $$;
-- For a month whose partition nobody made: no worker ran its rounds.
CREATE TABLE crossing_refs_rest PARTITION OF crossing_refs DEFAULT;

-- The times of a crossing's refs over all its revisions: which partitions hold them. NULL: all are of occurred_at.
ALTER TABLE crossings ADD COLUMN refs_from timestamptz, ADD COLUMN refs_until timestamptz;
UPDATE crossings SET refs_from = least(moved.first, crossings.occurred_at),
                     refs_until = greatest(moved.last, crossings.occurred_at)
FROM (SELECT seen.crossing_id, min(seen.occurred_at) AS first, max(seen.occurred_at) AS last
      FROM crossing_refs AS seen JOIN crossings AS here USING (crossing_id)
      WHERE seen.occurred_at <> here.occurred_at GROUP BY seen.crossing_id) AS moved
WHERE crossings.crossing_id = moved.crossing_id;
CREATE INDEX crossings_with_earlier_refs ON crossings (refs_from) WHERE refs_from IS NOT NULL;
