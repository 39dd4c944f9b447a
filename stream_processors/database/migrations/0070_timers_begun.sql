-- How often a timer was begun and not finished, and since when it is put aside because judging it ends the process
-- again and again. ``due_at`` of such a one is infinity: nothing looks at it until a person has it tried again.
ALTER TABLE timers ADD COLUMN begun integer NOT NULL DEFAULT 0;
ALTER TABLE timers ADD COLUMN put_aside_at timestamptz;
CREATE INDEX timers_put_aside ON timers (put_aside_at) WHERE put_aside_at IS NOT NULL;
