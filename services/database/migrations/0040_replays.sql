-- Replays that were asked for, how far they are, and what they proved: counts, codes and ids of crossings and facts.
CREATE TABLE replays (
    replay_id     uuid PRIMARY KEY,
    asked_by      text        NOT NULL,
    asked_at      timestamptz NOT NULL,
    begins_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    revisions     text        NOT NULL,
    state         text        NOT NULL DEFAULT 'waiting',
    progress      integer     NOT NULL DEFAULT 0,
    crossings     bigint      NOT NULL DEFAULT 0,
    reason        text,
    stop_asked_by text,
    answered_at   timestamptz,
    took_ms       bigint,
    conclusion    text,
    report        jsonb
);
CREATE INDEX replays_newest ON replays (asked_at DESC, replay_id DESC);
CREATE INDEX replays_open ON replays (asked_at) WHERE answered_at IS NULL;
