-- Certificates and vehicle passes are asked for without a window: a result with a wrong sampling time, a pass that is
-- registered later. By week that was as many looks at cold pages as there are weeks. A hash index of these few refs
-- is small enough to stay in memory, in whatever order they come.
CREATE INDEX crossing_refs_at_any_time ON crossing_refs USING hash (ref)
    WHERE kind IN ('certificate', 'pass_number', 'pass_token');
