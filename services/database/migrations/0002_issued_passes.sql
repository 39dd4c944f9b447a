-- Passes that were issued here. The text names people, so it stands in a box; the hash is what the revocation
-- list would name the pass by.
CREATE TABLE issued_passes (
    pass_id     uuid PRIMARY KEY,
    asked       text        NOT NULL CHECK (asked IN ('person', 'test', 'green_lane')),
    issuer      text        NOT NULL,
    key_id      text        NOT NULL,
    revocation  text        NOT NULL UNIQUE,
    content_mac bytea       NOT NULL,
    sealed      jsonb       NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    issued_at   timestamptz NOT NULL,
    issued_by   text        NOT NULL,
    revoked_at  timestamptz,
    revoked_by  text,
    revoked_because text
);
