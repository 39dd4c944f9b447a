-- That an instant had passed and nothing had come: found once by a timer, kept as a fact. What is said about a
-- crossing may rest on these rows, and on no clock.
CREATE TABLE deadlines (
    crossing_id uuid        NOT NULL,
    kind        text        NOT NULL,
    passed_at   timestamptz NOT NULL,
    -- The posts that were heard beyond it.
    posts       text[]      NOT NULL DEFAULT '{}',
    found_at    timestamptz NOT NULL,
    PRIMARY KEY (crossing_id, kind)
);

-- What happens at one post in the hours behind a late record.
CREATE INDEX crossings_by_post ON crossings (post_id, occurred_at);
