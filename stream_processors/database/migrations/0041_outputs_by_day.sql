-- Outputs are kept to be sent again, and for no longer than a record can come again: a partition a day, dropped
-- whole (database/README.md). What is here stays, as a partition that ends tomorrow.
ALTER TABLE outputs ALTER COLUMN position DROP IDENTITY;
ALTER TABLE outputs DROP CONSTRAINT outputs_pkey;
ALTER INDEX outputs_by_cause RENAME TO outputs_before_by_cause;
ALTER INDEX outputs_held RENAME TO outputs_before_held;
ALTER TABLE outputs RENAME TO outputs_before;

CREATE SEQUENCE outputs_position;
SELECT setval('outputs_position', coalesce((SELECT max(position) FROM outputs_before), 0) + 1, false);

CREATE TABLE outputs (
    output_id  uuid        NOT NULL,
    position   bigint      NOT NULL DEFAULT nextval('outputs_position'),
    cause      uuid        NOT NULL,
    topic      text        NOT NULL,
    key        bytea       NOT NULL,
    value      bytea       NOT NULL,
    headers    jsonb       NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    held       boolean     NOT NULL DEFAULT false
) PARTITION BY RANGE (written_at);
CREATE INDEX outputs_by_id ON outputs (output_id);
CREATE INDEX outputs_by_cause ON outputs (cause);
CREATE INDEX outputs_held ON outputs (position) WHERE held;

DO $$
DECLARE
    tomorrow date := (now() AT TIME ZONE 'UTC')::date + 1;
    kept text := 'outputs_until_' || to_char(tomorrow, 'YYYYMMDD');
BEGIN
    EXECUTE format('ALTER TABLE outputs_before RENAME TO %I', kept);
    EXECUTE format('ALTER TABLE outputs ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)',
                   kept, tomorrow::timestamp AT TIME ZONE 'UTC');
END $$;
-- For a day whose partition nobody made: no worker ran its rounds.
CREATE TABLE outputs_rest PARTITION OF outputs DEFAULT;

-- To find what retention lets go: rows lie nearly in the order of these times, so a few pages of index say where.
CREATE INDEX facts_by_arrival ON facts USING brin (recorded_at) WITH (pages_per_range = 32);
CREATE INDEX decisions_by_time ON decisions USING brin (occurred_at) WITH (pages_per_range = 32);

-- The box is random to the eye: to compress it is time for nothing, and beside it the facts were moved out of line.
ALTER TABLE crossings ALTER COLUMN sealed_box SET STORAGE EXTERNAL;

-- A fact's refs are written once, with the fact, which is unique: the index need not say it again in every row.
ALTER TABLE crossing_refs DROP CONSTRAINT crossing_refs_pkey;
CREATE INDEX crossing_refs_by_crossing ON crossing_refs (crossing_id);
