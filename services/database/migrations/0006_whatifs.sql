-- What-ifs that were asked for, how far they are, and what came out: counts, codes and ids of crossings.
CREATE TABLE whatifs (
    whatif_id      uuid PRIMARY KEY,
    asked_by       text        NOT NULL,
    asked_at       timestamptz NOT NULL,
    begins_at      timestamptz NOT NULL,
    ends_at        timestamptz NOT NULL,
    policy_id      text        NOT NULL,
    policy_version bigint      NOT NULL,
    state          text        NOT NULL DEFAULT 'waiting',
    progress       integer     NOT NULL DEFAULT 0,
    crossings      bigint      NOT NULL DEFAULT 0,
    reason         text,
    stop_asked_by  text,
    answered_at    timestamptz,
    took_ms        bigint,
    comparison     jsonb
);
CREATE INDEX whatifs_newest ON whatifs (asked_at DESC, whatif_id DESC);
CREATE INDEX whatifs_open ON whatifs (asked_at) WHERE answered_at IS NULL;
