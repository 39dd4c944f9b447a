-- What a higher level leaves to the province. Every version of each document; the highest counts.
-- Stays with the services: a bundle that breaks one never reaches a topic.
CREATE TABLE policy_limits (
    limits_id   text        NOT NULL,
    version     bigint      NOT NULL,
    value       text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text        NOT NULL,
    PRIMARY KEY (limits_id, version)
);
