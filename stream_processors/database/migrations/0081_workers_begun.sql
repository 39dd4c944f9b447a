-- Up to where each worker has begun what waits, by the broker's clock. Of use to the others for a second, and so
-- not logged.
CREATE UNLOGGED TABLE workers_begun (
    life    uuid        PRIMARY KEY,
    arrived timestamptz NOT NULL,
    at      timestamptz NOT NULL
);
