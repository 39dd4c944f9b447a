-- What the processors found out about the system's own trustworthiness, as it was last said, and what people did:
-- ``draws`` is a day whose random draws were repeated, ``head`` a station whose chain does not agree with what it
-- signed, ``timer`` a deadline that was put aside. ``open``: there is something that a person must look at.
CREATE TABLE self_checks (
    check_id       uuid        PRIMARY KEY,
    kind           text        NOT NULL,
    revision       integer     NOT NULL,
    open           boolean     NOT NULL,
    since          timestamptz NOT NULL,
    said           jsonb       NOT NULL,
    handled_at     timestamptz,
    handled_by     text,
    -- The revision of which a person asked that it be tried again.
    tried_revision integer,
    tried_at       timestamptz,
    tried_by       text
);
CREATE INDEX self_checks_open ON self_checks (kind, since) WHERE open;
CREATE INDEX self_checks_newest ON self_checks (kind, since DESC);
