-- When a recall was withdrawn: whoever was reached before that is owed a second call, which says so.
ALTER TABLE recalls ADD COLUMN withdrawn_at timestamptz;
UPDATE recalls SET withdrawn_at = changed_at WHERE state = 'withdrawn';
