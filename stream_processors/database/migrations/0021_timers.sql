-- Instants that are waited for. A row is set and taken away with the verdict that asks for it. Read it to see what
-- is waited for: ``waits_for`` names the posts that were not yet heard beyond the deadline.
CREATE TABLE timers (
    crossing_id uuid        NOT NULL,
    kind        text        NOT NULL,
    deadline    timestamptz NOT NULL,
    posts       text[]      NOT NULL DEFAULT '{}',
    -- When to look next, by our clock. Found to have passed and not yet judged: when another worker may take over.
    due_at      timestamptz NOT NULL,
    set_at      timestamptz NOT NULL,
    waits_for   text[]      NOT NULL DEFAULT '{}',
    fired       boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (crossing_id, kind)
);
CREATE INDEX timers_due ON timers (due_at);

-- What stations said of themselves, newest first to be asked: alive, or silent since when.
CREATE TABLE stations_heard (
    station_id     text        NOT NULL,
    enrolment      bigint      NOT NULL,
    post_id        text        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    arrived_at     timestamptz NOT NULL,
    last_number    bigint      NOT NULL,
    unsent         bigint      NOT NULL,
    clock_error_ms bigint,
    silent_since   timestamptz,
    PRIMARY KEY (station_id, enrolment)
);
CREATE INDEX stations_heard_alive ON stations_heard (arrived_at) WHERE silent_since IS NULL;

-- "Until this instant I wrote numbers up to this one." Proves that nothing is missing once all of them are here;
-- rows below a number that is proven are taken away.
CREATE TABLE heartbeats (
    station_id  text        NOT NULL,
    enrolment   bigint      NOT NULL,
    last_number bigint      NOT NULL,
    sure_until  timestamptz NOT NULL,
    PRIMARY KEY (station_id, enrolment, last_number)
);

-- Numbers that came and could not be read: what they say is not known until the same event is taken after all.
CREATE TABLE unread_numbers (
    station_id text   NOT NULL,
    enrolment  bigint NOT NULL,
    number     bigint NOT NULL,
    event_id   uuid   NOT NULL,
    PRIMARY KEY (station_id, enrolment, number)
);
