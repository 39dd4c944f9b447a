-- A bundle that one person proposed and a second one has yet to approve. What was decided stays, with who did.
CREATE TABLE policy_proposals (
    proposal_id uuid PRIMARY KEY,
    policy_id   text        NOT NULL,
    version     bigint      NOT NULL,
    value       text        NOT NULL,
    accept_past boolean     NOT NULL,
    proposed_at timestamptz NOT NULL,
    proposed_by text        NOT NULL,
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'published', 'refused')),
    decided_at  timestamptz,
    decided_by  text,
    CHECK (decided_by IS DISTINCT FROM proposed_by OR state <> 'published')
);
CREATE INDEX policy_proposals_open ON policy_proposals (proposed_at) WHERE state = 'open';

-- Revision of each list and policy that the station said it holds.
ALTER TABLE station_health ADD COLUMN lists jsonb NOT NULL DEFAULT '{}';
