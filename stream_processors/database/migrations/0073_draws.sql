-- The counter of each random inspection draw as its station recorded it, of every revision and of crossings that were
-- given up: by them the centre repeats the draws, and sees a counter that nobody accounts for.
CREATE TABLE draws (
    crossing_id uuid        NOT NULL,
    revision    integer     NOT NULL,
    station_id  text        NOT NULL,
    enrolment   bigint      NOT NULL,
    lane        integer     NOT NULL,
    opened_at   timestamptz NOT NULL,
    counter     bigint      NOT NULL,
    drawn       boolean,
    abandoned   boolean     NOT NULL,
    PRIMARY KEY (crossing_id, revision)
);
CREATE INDEX draws_by_opening ON draws (opened_at);
