-- What a what-if was asked about, whole: a bundle for the past is published only when its own effect was shown.
-- Asked before this column was there: proves nothing.
ALTER TABLE whatifs ADD COLUMN draft text;
ALTER TABLE whatifs ADD COLUMN draft_sha256 text;
-- Limits from above that the draft breaks, as they stood when it was asked: field, code, document, two sentences.
ALTER TABLE whatifs ADD COLUMN limits_broken jsonb NOT NULL DEFAULT '[]';

-- The what-if by which the proposer showed the effect on the past.
ALTER TABLE policy_proposals ADD COLUMN whatif_id uuid REFERENCES whatifs;

-- Bundles that were published before a limit came, and break it.
CREATE TABLE policy_limit_breaks (
    limits_id      text        NOT NULL,
    limits_version bigint      NOT NULL,
    policy_id      text        NOT NULL,
    policy_version bigint      NOT NULL,
    broken         jsonb       NOT NULL,
    noticed_at     timestamptz NOT NULL,
    PRIMARY KEY (limits_id, limits_version, policy_id, policy_version),
    FOREIGN KEY (limits_id, limits_version) REFERENCES policy_limits (limits_id, version)
);
