-- Refs are found by their week first: what is written now, and most of what is read, lies together in the index, however
-- many years are kept. By ref alone each new row was written into a page of its own, anywhere among all years.
CREATE FUNCTION week_of(at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((at AT TIME ZONE 'UTC')::date - date '2019-12-30') / 7;

ALTER TABLE crossing_refs ADD COLUMN week integer NOT NULL GENERATED ALWAYS AS (week_of(occurred_at)) STORED;
DROP INDEX crossing_refs_by_ref;
CREATE INDEX crossing_refs_by_ref ON crossing_refs (week, ref, occurred_at);
