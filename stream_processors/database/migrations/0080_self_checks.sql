-- What was last said about the system's own trustworthiness (schemas/events/self_checks.py), to say it anew only
-- when something else is to be said.
CREATE TABLE self_checks (
    check_id  uuid    PRIMARY KEY,
    type_name text    NOT NULL,
    in_force  boolean NOT NULL,
    content   bytea   NOT NULL
);
CREATE INDEX self_checks_in_force ON self_checks (type_name) WHERE in_force;

-- The local days whose random inspection draws were repeated. ``round``: the day on which it was last looked at;
-- ``counted``: how many draws were kept of it then; ``begun``: how often a look was begun and not ended.
CREATE TABLE draw_days (
    day     date    PRIMARY KEY,
    round   date,
    counted bigint  NOT NULL DEFAULT 0,
    begun   integer NOT NULL DEFAULT 0
);

-- The days on which the days due were gone through to the end.
CREATE TABLE draw_rounds (
    round   date        PRIMARY KEY,
    done_at timestamptz NOT NULL
);
