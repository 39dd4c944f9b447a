-- A case is one record that could not be taken, whichever programs buried it and however often.
CREATE TABLE dead_letter_cases (
    case_id      uuid PRIMARY KEY, -- the id of the first letter about it
    topic        text        NOT NULL,
    "partition"  integer     NOT NULL,
    "offset"     bigint      NOT NULL,
    state        text        NOT NULL DEFAULT 'new',
    revision     integer     NOT NULL DEFAULT 1, -- counts every change: two officers never act on the same one
    reason       text        NOT NULL,
    detail       text,
    type_name    text,
    station_id   text,
    post_id      text,
    lane         bigint,
    number       bigint,
    happened_at  timestamptz, -- what the record says of itself; nothing of it is believed
    buried_at    timestamptz NOT NULL,
    buried_by    text[]      NOT NULL,
    attempt      integer     NOT NULL DEFAULT 0, -- how often it was sent again
    through_at   text[]      NOT NULL DEFAULT '{}', -- programs that took the newest try
    buried_again boolean     NOT NULL DEFAULT false,
    because      text,
    changed_at   timestamptz NOT NULL,
    changed_by   text        NOT NULL,
    UNIQUE (topic, "partition", "offset")
);
CREATE INDEX dead_letter_cases_by_state ON dead_letter_cases (state, buried_at DESC, case_id);
CREATE INDEX dead_letter_cases_newest ON dead_letter_cases (buried_at DESC, case_id);

CREATE TABLE dead_letter_history (
    case_id  uuid        NOT NULL REFERENCES dead_letter_cases,
    revision integer     NOT NULL,
    at       timestamptz NOT NULL,
    what     text        NOT NULL,
    by       text        NOT NULL,
    because  text,
    PRIMARY KEY (case_id, revision)
);

-- The original is the case's first letter and stays. What was made of it is kept beside it, in a box.
CREATE TABLE dead_letter_corrections (
    case_id    uuid        NOT NULL REFERENCES dead_letter_cases,
    attempt    integer     NOT NULL,
    sealed     jsonb       NOT NULL,
    sealed_id  uuid        NOT NULL,
    fields     text[]      NOT NULL,
    because    text        NOT NULL,
    corrected_by text      NOT NULL,
    corrected_at timestamptz NOT NULL,
    PRIMARY KEY (case_id, attempt)
);

ALTER TABLE dead_letters ADD COLUMN case_id uuid REFERENCES dead_letter_cases;

INSERT INTO dead_letter_cases (case_id, topic, "partition", "offset", reason, detail, station_id, post_id, number,
    buried_at, buried_by, changed_at, changed_by)
SELECT (array_agg(event_id ORDER BY occurred_at, event_id))[1], topic, "partition", "offset",
    (array_agg(reason ORDER BY occurred_at, event_id))[1], (array_agg(detail ORDER BY occurred_at, event_id))[1],
    max(station_id), max(post_id), max(number), min(occurred_at), array_agg(DISTINCT by), min(occurred_at), 'services'
FROM dead_letters GROUP BY topic, "partition", "offset";
UPDATE dead_letters SET case_id = cases.case_id FROM dead_letter_cases AS cases
WHERE (cases.topic, cases."partition", cases."offset")
    = (dead_letters.topic, dead_letters."partition", dead_letters."offset");
INSERT INTO dead_letter_history SELECT case_id, 1, buried_at, 'new', changed_by, reason FROM dead_letter_cases;

CREATE INDEX dead_letters_of_case ON dead_letters (case_id);

-- Bytes that go out as they came in: they may have no key, and their headers are not always text.
ALTER TABLE outbox ALTER COLUMN key DROP NOT NULL;
