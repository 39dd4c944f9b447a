-- The station's one file. Nothing here names a person or a vehicle: what does is inside sealed values.

CREATE TABLE IF NOT EXISTS chains (
    enrolment   INTEGER PRIMARY KEY,
    last_number INTEGER NOT NULL,
    last_sha256 TEXT NOT NULL
) STRICT;

-- Records as they were and will be sent. A number is given in the transaction that inserts its record.
CREATE TABLE IF NOT EXISTS records (
    enrolment   INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    event_id    TEXT NOT NULL UNIQUE,
    topic       TEXT NOT NULL,
    key         BLOB NOT NULL,
    value       BLOB NOT NULL,
    headers     TEXT NOT NULL,              -- JSON: [[name, base64], ...], the MAC among them
    written_at  TEXT NOT NULL,
    sent_at     TEXT,                       -- Kafka has it
    send_again  INTEGER NOT NULL DEFAULT 0, -- the centre misses it
    refused     TEXT,                       -- why Kafka will never take it
    PRIMARY KEY (enrolment, number)
) STRICT;

CREATE INDEX IF NOT EXISTS records_waiting ON records (enrolment, number)
    WHERE refused IS NULL AND (sent_at IS NULL OR send_again = 1);
CREATE INDEX IF NOT EXISTS records_unsent ON records (number) WHERE sent_at IS NULL AND refused IS NULL;
CREATE INDEX IF NOT EXISTS records_refused ON records (enrolment, number) WHERE refused IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_sent ON records (sent_at) WHERE sent_at IS NOT NULL;

-- One row from the first scan on: the lane's gapless counter of the day, and what the lists show later.
CREATE TABLE IF NOT EXISTS crossings (
    crossing_id TEXT PRIMARY KEY,
    sheet_id    TEXT,
    day         TEXT NOT NULL,
    counter     INTEGER NOT NULL,
    opened_at   TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'abandoned')),
    revision    INTEGER NOT NULL DEFAULT 0,
    closed_at   TEXT,
    readings    TEXT,
    advice      TEXT,
    decision    TEXT,
    decision_revision INTEGER NOT NULL DEFAULT 0,
    record_event_id   TEXT,
    decision_event_id TEXT,
    UNIQUE (day, counter)
) STRICT;
CREATE INDEX IF NOT EXISTS crossings_by_time
    ON crossings (coalesce(closed_at, opened_at) DESC, day DESC, counter DESC);
CREATE INDEX IF NOT EXISTS crossings_open ON crossings (day, counter) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS crossings_by_sheet ON crossings (sheet_id) WHERE sheet_id IS NOT NULL;

-- The centre's verdicts as they came; reasons about health stay sealed to this station.
CREATE TABLE IF NOT EXISTS verdicts (
    crossing_id TEXT PRIMARY KEY,
    revision    INTEGER NOT NULL,
    changes     INTEGER NOT NULL DEFAULT 0, -- how often it changed since it first came here
    value       BLOB NOT NULL,
    received_at TEXT NOT NULL
) STRICT;

-- What the centre said before its verdict became another: shown beside it, as a difference.
CREATE TABLE IF NOT EXISTS verdicts_before (
    crossing_id TEXT PRIMARY KEY,
    outcome     TEXT NOT NULL
) STRICT;

-- Where to go on reading each topic.
CREATE TABLE IF NOT EXISTS positions (
    topic       TEXT NOT NULL,
    partition   INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) STRICT;

-- What the centre published, with its signature: it is verified again whenever it is loaded.
CREATE TABLE IF NOT EXISTS published (
    topic       TEXT NOT NULL,
    key         BLOB NOT NULL,
    type_name   TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    value       BLOB NOT NULL,
    signature   BLOB NOT NULL,
    PRIMARY KEY (topic, key)
) STRICT;

CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Who may use the page. A PIN stands as its argon2 hash, a device's key as its SHA-256.
CREATE TABLE IF NOT EXISTS officers (
    officer_id  TEXT PRIMARY KEY,
    force       TEXT NOT NULL,
    pin_hash    TEXT NOT NULL,
    failed      INTEGER NOT NULL DEFAULT 0,
    wait_until  TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS devices (name TEXT PRIMARY KEY, key_sha256 TEXT NOT NULL UNIQUE) STRICT;
