-- What stations signed as the newest record of their chain, and whether it agrees with what stands there.
CREATE TABLE chain_heads (
    station_id text        NOT NULL,
    enrolment  bigint      NOT NULL,
    number     bigint      NOT NULL,
    sha256     bytea       NOT NULL,
    signature  text        NOT NULL,
    arrived_at timestamptz NOT NULL,
    -- new: nobody looked; signed: its record is not here yet; right; signature_wrong; other_record.
    state      text        NOT NULL DEFAULT 'new',
    PRIMARY KEY (station_id, enrolment, number, sha256, signature)
);
CREATE INDEX chain_heads_to_check ON chain_heads (arrived_at) WHERE state IN ('new', 'signed');
CREATE INDEX chain_heads_wrong ON chain_heads (arrived_at) WHERE state IN ('signature_wrong', 'other_record');
