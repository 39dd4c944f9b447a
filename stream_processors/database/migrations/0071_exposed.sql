-- What was together with somebody who may have tested positive: the vehicle and everyone aboard of each such
-- crossing, so that a crossing of the same vehicle or driver that comes later is known to matter by one look at a
-- small table. Written before neighbours are looked for; a row too many costs a judgement and no more.
CREATE TABLE exposed (
    ref         bytea       NOT NULL,
    occurred_at timestamptz NOT NULL,
    crossing_id uuid        NOT NULL,
    PRIMARY KEY (ref, crossing_id, occurred_at)
);
CREATE INDEX exposed_by_crossing ON exposed (crossing_id);

WITH hubs AS (
    SELECT ref.crossing_id FROM results
    JOIN result_refs AS known USING (result_id)
    JOIN crossing_refs AS ref ON ref.ref = known.ref
    WHERE results.content->>'outcome' = 'positive'
    UNION
    SELECT crossing_id FROM results WHERE content->>'outcome' = 'positive' AND crossing_id IS NOT NULL
)
INSERT INTO exposed (ref, occurred_at, crossing_id)
SELECT shown.ref, shown.occurred_at, shown.crossing_id
FROM hubs JOIN crossing_refs AS shown USING (crossing_id)
WHERE shown.kind IN ('vehicle', 'number', 'old_number');

-- Of a test at the post: whether its crossing is one of a trip was asked of all rows, as no index had it.
CREATE INDEX result_refs_by_tested_crossing ON result_refs (crossing_id) WHERE crossing_id IS NOT NULL;
