-- What-ifs that were asked for, and their answers. Nothing that is judged or said rests on these rows.
CREATE TABLE whatifs (
    command_id  uuid        PRIMARY KEY,
    asked_at    timestamptz NOT NULL,
    asked       jsonb       NOT NULL,
    stop_asked  boolean     NOT NULL DEFAULT false,
    attempts    integer     NOT NULL DEFAULT 0,
    progress    integer     NOT NULL DEFAULT 0,
    crossings   bigint      NOT NULL DEFAULT 0,
    -- Set once, and then only sent again.
    answer      jsonb,
    answered_at timestamptz,
    sent        boolean     NOT NULL DEFAULT false
);
CREATE INDEX whatifs_waiting ON whatifs (asked_at) WHERE answer IS NULL;
CREATE INDEX whatifs_unsent ON whatifs (asked_at) WHERE answer IS NOT NULL AND NOT sent;
