-- Times are the sources' own; recorded_at is ours. Refs and hashes are 32 bytes. Nothing here names anybody.

-- Every accepted event, once. The same fact and revision with other content is a conflict.
CREATE TABLE facts (
    event_id    uuid        NOT NULL,
    revision    integer     NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    sha256      bytea       NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    judged      boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (event_id, revision),
    UNIQUE (kind, subject, revision)
);

-- A station's numbers, each with what stood there first.
CREATE TABLE chain (
    station_id text    NOT NULL,
    enrolment  bigint  NOT NULL,
    number     bigint  NOT NULL,
    sha256     bytea   NOT NULL,
    previous   bytea   NOT NULL,
    PRIMARY KEY (station_id, enrolment, number)
);

CREATE TABLE station_numbers (
    station_id text   NOT NULL,
    enrolment  bigint NOT NULL,
    post_id    text   NOT NULL,
    highest    bigint NOT NULL,
    PRIMARY KEY (station_id, enrolment)
);

CREATE TABLE missing_numbers (
    station_id  text        NOT NULL,
    enrolment   bigint      NOT NULL,
    first       bigint      NOT NULL,
    last        bigint      NOT NULL,
    noticed_at  timestamptz NOT NULL,
    asked_at    timestamptz,
    times_asked integer     NOT NULL DEFAULT 0,
    PRIMARY KEY (station_id, enrolment, first)
);

-- A crossing at its highest revision. The box is kept for what must be said about it later.
CREATE TABLE crossings (
    crossing_id   uuid        PRIMARY KEY,
    revision      integer     NOT NULL,
    event_id      uuid        NOT NULL,
    station_id    text        NOT NULL,
    post_id       text        NOT NULL,
    occurred_at   timestamptz NOT NULL,
    state         text        NOT NULL,
    practice      boolean     NOT NULL,
    abandoned     boolean     NOT NULL,
    ahead_ms      bigint      NOT NULL,
    doubted       boolean     NOT NULL,
    clock_error_ms bigint,
    printed_until timestamptz,
    facts         jsonb,
    sealed_key_id text,
    sealed_box    bytea
);
CREATE INDEX crossings_by_time ON crossings (occurred_at);
CREATE INDEX crossings_past_printed_end ON crossings (occurred_at) WHERE printed_until <= occurred_at;

-- Refs of every revision stay: whoever met the wrongly typed plate must be judged again when it is corrected.
CREATE TABLE crossing_refs (
    ref         bytea       NOT NULL,
    occurred_at timestamptz NOT NULL,
    crossing_id uuid        NOT NULL,
    revision    integer     NOT NULL,
    kind        text        NOT NULL,
    occupant    integer     NOT NULL,
    reading     integer     NOT NULL,
    PRIMARY KEY (crossing_id, revision, kind, ref, occupant, reading)
);
CREATE INDEX crossing_refs_by_ref ON crossing_refs (ref, occurred_at);

CREATE TABLE decisions (
    crossing_id uuid        PRIMARY KEY,
    revision    integer     NOT NULL,
    event_id    uuid        NOT NULL,
    station_id  text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    state       text        NOT NULL,
    outcome     text        NOT NULL,
    occupants   jsonb       NOT NULL
);

CREATE TABLE results (
    result_id       uuid        PRIMARY KEY,
    revision        integer     NOT NULL,
    event_id        uuid        NOT NULL,
    occurred_at     timestamptz NOT NULL,
    sampled_at      timestamptz NOT NULL,
    crossing_id     uuid,
    content         jsonb       NOT NULL
);
CREATE INDEX results_by_crossing ON results (crossing_id) WHERE crossing_id IS NOT NULL;

CREATE TABLE result_refs (
    ref        bytea       NOT NULL,
    result_id  uuid        NOT NULL,
    revision   integer     NOT NULL,
    sampled_at timestamptz NOT NULL,
    -- Where a result was moved to another crossing, both are judged again.
    crossing_id uuid,
    PRIMARY KEY (result_id, revision, ref)
);
CREATE INDEX result_refs_by_ref ON result_refs (ref);

CREATE TABLE passes (
    pass_id   uuid    PRIMARY KEY,
    revision  integer NOT NULL,
    content   jsonb   NOT NULL
);
CREATE TABLE pass_refs (
    ref      bytea   NOT NULL,
    pass_id  uuid    NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (pass_id, revision, ref)
);
CREATE INDEX pass_refs_by_ref ON pass_refs (ref);

-- Stations, posts, policies, notices, lists: signed, small, read whole. One counter says when to read again.
CREATE TABLE registry (
    kind     text    NOT NULL,
    subject  text    NOT NULL,
    revision integer NOT NULL,
    pass_ref bytea,
    event    jsonb   NOT NULL,
    type     text    NOT NULL,
    PRIMARY KEY (kind, subject)
);
CREATE TABLE registry_changes (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    times bigint  NOT NULL
);
INSERT INTO registry_changes (times) VALUES (0);

CREATE TABLE conflicts (
    event_id    uuid        NOT NULL,
    revision    integer     NOT NULL,
    sha256      bytea       NOT NULL,
    kind        text        NOT NULL,
    subject     text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, revision, sha256)
);

-- The row of a crossing's verdict is also the lock under which everything about it is said.
CREATE TABLE verdicts (
    crossing_id uuid    PRIMARY KEY,
    revision    integer NOT NULL DEFAULT 0,
    content     bytea   NOT NULL DEFAULT ''
);

-- Findings, referrals and recalls, in force or withdrawn, at their newest revision.
CREATE TABLE statements (
    kind        text    NOT NULL,
    id          uuid    NOT NULL,
    crossing_id uuid    NOT NULL,
    revision    integer NOT NULL,
    in_force    boolean NOT NULL,
    content     bytea   NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX statements_by_crossing ON statements (crossing_id);

-- The exact bytes that went out, by the fact that caused them: sent again when that fact comes again.
CREATE TABLE outputs (
    output_id  uuid        PRIMARY KEY,
    position   bigint      GENERATED ALWAYS AS IDENTITY,
    cause      uuid        NOT NULL,
    topic      text        NOT NULL,
    key        bytea       NOT NULL,
    value      bytea       NOT NULL,
    headers    jsonb       NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    held       boolean     NOT NULL DEFAULT false
);
CREATE INDEX outputs_by_cause ON outputs (cause);
CREATE INDEX outputs_held ON outputs (position) WHERE held;

-- Counted before a batch is tried; a batch or record that ended the process is known by it.
CREATE TABLE attempts (
    topic        text    NOT NULL,
    part         integer NOT NULL,
    first_offset bigint  NOT NULL,
    last_offset  bigint  NOT NULL,
    times        integer NOT NULL,
    PRIMARY KEY (topic, part)
);
CREATE TABLE attempts_alone (
    topic    text    NOT NULL,
    part     integer NOT NULL,
    position bigint  NOT NULL,
    times    integer NOT NULL,
    PRIMARY KEY (topic, part, position)
);
