-- What the random draw said of a crossing, whether the cargo space was looked into, and in which shift.
-- Crossings that were taken before this are not counted: null is "no rate was for it".
ALTER TABLE crossings ADD COLUMN shift text, ADD COLUMN drawn boolean, ADD COLUMN inspected boolean;
CREATE INDEX crossings_with_a_rate ON crossings (occurred_at) WHERE drawn IS NOT NULL;
CREATE INDEX findings_of_misuse ON findings (station_id, seen_at) WHERE finding_class = 'suspected_misuse';
