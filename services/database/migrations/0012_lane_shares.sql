-- Whose green lane a crossing used, and a finding is about: ids, as the judge says them. Null: not told.
ALTER TABLE verdicts ADD COLUMN in_lane boolean, ADD COLUMN issuer text, ADD COLUMN carrier_id text;
ALTER TABLE findings ADD COLUMN in_lane boolean, ADD COLUMN issuer text, ADD COLUMN carrier_id text;
CREATE INDEX findings_in_lane ON findings (seen_at) WHERE in_lane AND finding_class = 'suspected_misuse';
