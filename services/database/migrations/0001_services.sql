-- Everything that the services own. Names, numbers, plates and telephones stand here only inside sealed boxes.

-- Events that were applied: each once per id and revision, whatever Kafka sends again.
CREATE TABLE facts (
    type_name      text        NOT NULL,
    event_id       uuid        NOT NULL,
    revision       integer     NOT NULL,
    content_sha256 bytea       NOT NULL,
    applied_at     timestamptz NOT NULL,
    PRIMARY KEY (event_id, revision, type_name)
);

-- The same id and revision with other content: kept and shown, never ignored.
CREATE TABLE conflicts (
    type_name   text        NOT NULL,
    event_id    uuid        NOT NULL,
    revision    integer     NOT NULL,
    content_sha256 bytea    NOT NULL,
    topic       text        NOT NULL,
    "partition" integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    value       bytea       NOT NULL,
    station_id  text,
    found_at    timestamptz NOT NULL,
    PRIMARY KEY (event_id, revision, type_name, content_sha256)
);

-- A record whose handling ended the process; after two ends it is buried.
CREATE TABLE intake_attempts (
    topic       text    NOT NULL,
    "partition" integer NOT NULL,
    "offset"    bigint  NOT NULL,
    attempts    integer NOT NULL,
    PRIMARY KEY (topic, "partition", "offset")
);

CREATE TABLE dead_letters (
    event_id    uuid PRIMARY KEY,
    topic       text        NOT NULL,
    "partition" integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    by          text        NOT NULL,
    reason      text        NOT NULL,
    detail      text,
    station_id  text,
    post_id     text,
    number      bigint,
    sealed      jsonb       NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX dead_letters_newest ON dead_letters (occurred_at DESC);

-- Records whose origin could not be believed, counted by station and reason.
CREATE TABLE refused_stations (
    station_id text        NOT NULL,
    reason     text        NOT NULL,
    records    bigint      NOT NULL,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (station_id, reason)
);

-- The numbers of each station's chain that arrived; what is missing is a gap.
CREATE TABLE station_numbers (
    station_id   text    NOT NULL,
    enrolment    bigint  NOT NULL,
    number       bigint  NOT NULL,
    value_sha256 bytea   NOT NULL,
    PRIMARY KEY (station_id, enrolment, number)
);

CREATE TABLE station_chains (
    station_id text   NOT NULL,
    enrolment  bigint NOT NULL,
    gapless_to bigint NOT NULL DEFAULT 0,
    highest    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (station_id, enrolment)
);

CREATE TABLE station_health (
    station_id     text PRIMARY KEY,
    post_id        text        NOT NULL,
    lane           bigint      NOT NULL,
    enrolment      bigint      NOT NULL,
    unsent         bigint      NOT NULL,
    refused        bigint      NOT NULL,
    last_number    bigint      NOT NULL,
    clock_error_ms bigint,
    camera         text        NOT NULL,
    fallback_decoder boolean   NOT NULL,
    version        text        NOT NULL,
    occurred_at    timestamptz NOT NULL
);

-- Crossings, decisions and verdicts, as far as they are counted and shown.
CREATE TABLE crossings (
    crossing_id   uuid PRIMARY KEY,
    revision      bigint      NOT NULL,
    state         text        NOT NULL,
    post_id       text        NOT NULL,
    station_id    text        NOT NULL,
    direction     text        NOT NULL,
    vehicle_class text        NOT NULL,
    advice        text        NOT NULL,
    occurred_at   timestamptz NOT NULL
);
CREATE INDEX crossings_by_time ON crossings (occurred_at);

CREATE TABLE decisions (
    crossing_id uuid PRIMARY KEY,
    revision    bigint      NOT NULL,
    state       text        NOT NULL,
    outcome     text        NOT NULL,
    occurred_at timestamptz NOT NULL
);

CREATE TABLE verdicts (
    crossing_id uuid PRIMARY KEY,
    revision    bigint      NOT NULL,
    post_id     text        NOT NULL,
    outcome     text        NOT NULL,
    binding     text,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX verdicts_by_time ON verdicts (occurred_at);

-- Findings as the processors wrote them, newest revision; an alert is made of those of one incident.
CREATE TABLE findings (
    finding_id        uuid PRIMARY KEY,
    revision          integer     NOT NULL,
    state             text        NOT NULL,
    incident_id       uuid        NOT NULL,
    code              text        NOT NULL,
    finding_class     text        NOT NULL,
    also_misuse       boolean     NOT NULL,
    severity          text        NOT NULL,
    subject           text        NOT NULL,
    subject_ref       text,
    weak              boolean     NOT NULL,
    confirmed         boolean     NOT NULL DEFAULT false,
    post_id           text        NOT NULL,
    station_id        text        NOT NULL,
    direction         text        NOT NULL,
    vehicle_class     text        NOT NULL,
    seen_at           timestamptz NOT NULL,
    crossings         uuid[]      NOT NULL,
    evidence          jsonb       NOT NULL,
    withdrawn_because text,
    sealed            jsonb
);
CREATE INDEX findings_of_incident ON findings (incident_id);
CREATE INDEX findings_weak_of_person ON findings (subject_ref) WHERE weak AND NOT confirmed;

CREATE TABLE alerts (
    alert_id        uuid PRIMARY KEY,
    version         integer     NOT NULL,
    state           text        NOT NULL,
    alert_class     text        NOT NULL,
    also_misuse     boolean     NOT NULL,
    severity        text        NOT NULL,
    codes           text[]      NOT NULL,
    evidence        jsonb       NOT NULL,
    post_id         text        NOT NULL,
    station_id      text        NOT NULL,
    direction       text        NOT NULL,
    vehicle_class   text        NOT NULL,
    seen_at         timestamptz NOT NULL,
    ended_because   text,
    opened_at       timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    acknowledged_by text,
    acknowledged_at timestamptz,
    sealed          jsonb,
    sealed_id       uuid
);
CREATE INDEX alerts_newest ON alerts (opened_at DESC, alert_id DESC);
CREATE INDEX alerts_open ON alerts (opened_at DESC, alert_id DESC) WHERE state <> 'ended';

CREATE TABLE alert_history (
    alert_id uuid        NOT NULL REFERENCES alerts,
    version  integer     NOT NULL,
    at       timestamptz NOT NULL,
    what     text        NOT NULL,
    by       text        NOT NULL,
    because  text,
    PRIMARY KEY (alert_id, version)
);

-- Quarantine. An episode is one person's; a referral is one crossing's reason for it.
CREATE TABLE places (
    place_id     text PRIMARY KEY,
    name         text        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('home', 'centre', 'treatment')),
    capacity     integer CHECK (capacity >= 0),
    commune      text,
    confirmed_at timestamptz NOT NULL,
    confirmed_by text        NOT NULL
);

CREATE TABLE episodes (
    episode_id   uuid PRIMARY KEY,
    queue_number bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    revision     integer     NOT NULL,
    state        text        NOT NULL,
    priority     integer     NOT NULL,
    group_priority integer   NOT NULL, -- the most urgent of the group, so that it stays together in the list
    person_ref   text,
    group_id     uuid        NOT NULL,
    crossing_id  uuid        NOT NULL,
    occupant     bigint      NOT NULL,
    post_id      text        NOT NULL,
    passed_at    timestamptz NOT NULL,
    let_through  boolean     NOT NULL,
    destination_commune text,
    claimed_by   text,
    place_id     text        REFERENCES places,
    difference   text,
    reason       text,
    opened_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL
);
CREATE INDEX episodes_open ON episodes (group_priority, passed_at, group_id, occupant, episode_id)
    WHERE state NOT IN ('released', 'closed');
CREATE INDEX episodes_by_state ON episodes (state);
CREATE INDEX episodes_of_group ON episodes (group_id);
CREATE UNIQUE INDEX one_open_episode_a_person ON episodes (person_ref)
    WHERE person_ref IS NOT NULL AND state NOT IN ('released', 'closed');

CREATE TABLE referrals (
    referral_id uuid PRIMARY KEY,
    episode_id  uuid        REFERENCES episodes, -- none: withdrawn before anybody saw it
    revision    integer     NOT NULL,
    state       text        NOT NULL,
    because     text        NOT NULL,
    reasons     text[]      NOT NULL,
    weak        boolean     NOT NULL,
    crossing_id uuid        NOT NULL,
    occupant    bigint      NOT NULL,
    person_ref  text,
    post_id     text        NOT NULL,
    station_id  text        NOT NULL,
    passed_at   timestamptz NOT NULL,
    let_through boolean     NOT NULL,
    withdrawn_because text,
    sealed      jsonb       NOT NULL
);
CREATE INDEX referrals_of_episode ON referrals (episode_id);

CREATE TABLE episode_history (
    episode_id uuid        NOT NULL REFERENCES episodes,
    revision   integer     NOT NULL,
    at         timestamptz NOT NULL,
    step       text        NOT NULL,
    state      text        NOT NULL,
    by         text        NOT NULL,
    reason     text,
    place_id   text,
    PRIMARY KEY (episode_id, revision)
);

CREATE TABLE recalls (
    recall_id     uuid PRIMARY KEY,
    revision      integer     NOT NULL,
    state         text        NOT NULL,
    crossing_id   uuid        NOT NULL,
    post_id       text        NOT NULL,
    station_id    text        NOT NULL,
    passed_at     timestamptz NOT NULL,
    direction     text        NOT NULL,
    vehicle_class text        NOT NULL,
    counted       jsonb       NOT NULL,
    outcome_now   text        NOT NULL,
    reasons       text[]      NOT NULL,
    destination_commune text,
    withdrawn_because text,
    sealed        jsonb       NOT NULL,
    call          text        NOT NULL DEFAULT 'to_call',
    called_by     text,
    called_at     timestamptz,
    changed_at    timestamptz NOT NULL
);
CREATE INDEX recalls_newest ON recalls (passed_at DESC);

-- The feed. Rows are written without a position; a short transaction under one lock gives positions to rows
-- that are committed. A reader that follows positions therefore never misses a row that was committed late.
CREATE TABLE feed (
    row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position   bigint UNIQUE,
    stream     text        NOT NULL,
    kind       text        NOT NULL,
    thing_id   uuid        NOT NULL,
    content    jsonb       NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX feed_without_position ON feed (row_id) WHERE position IS NULL;
CREATE INDEX feed_of_stream ON feed (stream, position);
CREATE TABLE feed_head (position bigint NOT NULL);
INSERT INTO feed_head VALUES (0);

-- What others must know, written in the same transaction as the change itself.
CREATE TABLE outbox (
    row_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text        NOT NULL,
    type_name  text        NOT NULL,
    key        bytea       NOT NULL,
    value      bytea       NOT NULL,
    headers    jsonb       NOT NULL,
    written_at timestamptz NOT NULL,
    sent_at    timestamptz,
    refused    text
);
CREATE INDEX outbox_waiting ON outbox (row_id) WHERE sent_at IS NULL AND refused IS NULL;

-- The registry: every revision of every published thing, as it was written.
CREATE TABLE registry (
    kind        text        NOT NULL,
    thing_id    text        NOT NULL,
    revision    integer     NOT NULL,
    state       text        NOT NULL,
    event_id    uuid        NOT NULL,
    value       bytea       NOT NULL,
    content_mac bytea,
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    PRIMARY KEY (kind, thing_id, revision)
);

CREATE TABLE users (
    user_id       uuid PRIMARY KEY,
    name          text        NOT NULL UNIQUE,
    password_hash text        NOT NULL,
    role          text        NOT NULL,
    areas         text[]      NOT NULL,
    disabled_at   timestamptz,
    created_at    timestamptz NOT NULL
);

CREATE TABLE sessions (
    token_sha256 bytea PRIMARY KEY,
    user_id      uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    csrf         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);

CREATE TABLE keys (
    key_id       uuid PRIMARY KEY,
    name         text        NOT NULL UNIQUE,
    token_sha256 bytea       NOT NULL UNIQUE,
    scopes       text[]      NOT NULL,
    areas        text[]      NOT NULL,
    disabled_at  timestamptz,
    created_at   timestamptz NOT NULL
);

-- Only hashes of what was typed: somebody may type a password where the name belongs.
CREATE TABLE failed_logins (
    name_sha256 bytea       NOT NULL,
    failed_at   timestamptz NOT NULL
);
CREATE INDEX failed_logins_of_name ON failed_logins (name_sha256, failed_at);

-- Who did what, in a hash chain: a changed or missing row shows.
CREATE TABLE audit (
    number   bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    by       text        NOT NULL,
    action   text        NOT NULL,
    thing    text        NOT NULL,
    purpose  text,
    details  jsonb       NOT NULL,
    previous text        NOT NULL,
    sha256   text        NOT NULL
);

CREATE FUNCTION audit_is_never_edited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is never edited';
END $$;
CREATE TRIGGER audit_is_never_edited BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_never_edited();
