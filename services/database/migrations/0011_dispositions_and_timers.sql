-- What came of an alert. The note may name somebody: it stands in a box.
ALTER TABLE alerts
    ADD COLUMN disposition text,
    ADD COLUMN disposed_by text,
    ADD COLUMN disposed_at timestamptz,
    ADD COLUMN note        jsonb,
    ADD COLUMN note_id     uuid,
    ADD COLUMN withdrawn_because text, -- its findings were withdrawn after somebody had disposed of it
    ADD COLUMN escalated_to   text,
    ADD COLUMN escalated_step integer NOT NULL DEFAULT 0,
    ADD COLUMN escalated_at   timestamptz;
CREATE INDEX alerts_disposed ON alerts (disposed_at) WHERE disposition IS NOT NULL;

-- What is due at an instant. Taken and deleted in the transaction that does it: once, whichever process comes first.
CREATE TABLE timers (
    kind     text        NOT NULL,
    subject  text        NOT NULL,
    due_at   timestamptz NOT NULL,
    content  jsonb       NOT NULL DEFAULT '{}',
    attempts integer     NOT NULL DEFAULT 0,
    set_aside_at timestamptz, -- its handling ended the process again and again; the desk shows it
    PRIMARY KEY (kind, subject)
);
CREATE INDEX timers_due ON timers (due_at) WHERE set_aside_at IS NULL;

-- Who is told when nobody acknowledges an alert, and when alerts expire: each version is kept.
CREATE TABLE duty_rosters (
    version    integer PRIMARY KEY,
    content    jsonb       NOT NULL,
    sealed     jsonb       NOT NULL, -- the telephones
    sealed_id  uuid        NOT NULL,
    changed_by text        NOT NULL,
    changed_at timestamptz NOT NULL
);

INSERT INTO timers (kind, subject, due_at, content)
SELECT 'alert-escalation', alert_id::text, now() + interval '5 minutes',
    jsonb_build_object('step', 0, 'since', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
FROM alerts WHERE state = 'new';
INSERT INTO timers (kind, subject, due_at)
SELECT 'alert-expiry', alert_id::text, now() + interval '72 hours' FROM alerts WHERE state <> 'ended';
