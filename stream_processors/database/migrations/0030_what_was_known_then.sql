-- What the judge was given, kept so that any judgement can be repeated from the facts of then (DESIGN.md 4.9).
--
-- Triggers, not statements of the program: under READ COMMITTED only the row version that is really overwritten
-- is the one to keep, and no way of overwriting may forget to keep it. They run on updates alone.

-- A judgement is one time that the judge said something new about a crossing; they are numbered by crossing.
-- 0: said before what was given was kept.
ALTER TABLE verdicts
    ADD COLUMN judgement  integer NOT NULL DEFAULT 0,  -- in which this revision was said
    ADD COLUMN judgements integer NOT NULL DEFAULT 0,  -- how many there were; ``given`` is the newest one's
    ADD COLUMN given      text;
ALTER TABLE statements ADD COLUMN judgement integer NOT NULL DEFAULT 0;

-- Of the fact as it was stored: whoever changes it behind our back is found by it. NULL: stored before this.
ALTER TABLE crossings ADD COLUMN digest bytea;
ALTER TABLE decisions ADD COLUMN digest bytea;
ALTER TABLE results   ADD COLUMN digest bytea;
ALTER TABLE passes    ADD COLUMN digest bytea;
ALTER TABLE registry  ADD COLUMN digest bytea;

-- The value of registry_changes.times from which this revision was in force.
ALTER TABLE registry  ADD COLUMN since bigint NOT NULL DEFAULT 0;

CREATE TABLE superseded_facts (
    source        text        NOT NULL,
    id            text        NOT NULL,
    revision      integer     NOT NULL,
    -- The whole row but the box: nothing is unsealed to judge again.
    content       jsonb       NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX superseded_facts_by_id ON superseded_facts (source, id, revision);

CREATE TABLE superseded_judgements (
    crossing_id   uuid        NOT NULL,
    judgement     integer     NOT NULL,
    given         text,
    superseded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX superseded_judgements_by_crossing ON superseded_judgements (crossing_id);

-- In force from judgement ``judgement`` to before ``until``.
CREATE TABLE superseded_statements (
    kind          text        NOT NULL,
    id            uuid        NOT NULL,
    crossing_id   uuid        NOT NULL,
    revision      integer     NOT NULL,
    in_force      boolean     NOT NULL,
    content       bytea       NOT NULL,
    judgement     integer     NOT NULL,
    until         integer     NOT NULL,
    superseded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX superseded_statements_by_crossing ON superseded_statements (crossing_id);

CREATE FUNCTION keep_superseded_fact() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former jsonb := to_jsonb(OLD) - 'sealed_box' - 'sealed_key_id';
BEGIN
    INSERT INTO processors.superseded_facts (source, id, revision, content)
    VALUES (TG_ARGV[0], concat_ws('/', former ->> TG_ARGV[1], former ->> TG_ARGV[2]), OLD.revision, former);
    RETURN NULL;
END $$;

CREATE FUNCTION keep_superseded_judgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO processors.superseded_judgements (crossing_id, judgement, given)
    VALUES (OLD.crossing_id, OLD.judgements, OLD.given);
    IF OLD.revision < NEW.revision THEN
        INSERT INTO processors.superseded_statements
            (kind, id, crossing_id, revision, in_force, content, judgement, until)
        VALUES ('verdict', OLD.crossing_id, OLD.crossing_id, OLD.revision, true, OLD.content, OLD.judgement,
                NEW.judgement);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION keep_superseded_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO processors.superseded_statements
        (kind, id, crossing_id, revision, in_force, content, judgement, until)
    VALUES (OLD.kind, OLD.id, OLD.crossing_id, OLD.revision, OLD.in_force, OLD.content, OLD.judgement,
            -- Where a correction of its time moved a pair to the other crossing, this one says it no longer.
            CASE WHEN NEW.crossing_id = OLD.crossing_id THEN NEW.judgement
                 ELSE (SELECT judgements + 1 FROM processors.verdicts WHERE crossing_id = OLD.crossing_id) END);
    RETURN NULL;
END $$;

CREATE TRIGGER crossings_superseded AFTER UPDATE ON crossings FOR EACH ROW
    WHEN (OLD.revision < NEW.revision) EXECUTE FUNCTION keep_superseded_fact('crossings', 'crossing_id');
CREATE TRIGGER decisions_superseded AFTER UPDATE ON decisions FOR EACH ROW
    WHEN (OLD.revision < NEW.revision) EXECUTE FUNCTION keep_superseded_fact('decisions', 'crossing_id');
CREATE TRIGGER results_superseded AFTER UPDATE ON results FOR EACH ROW
    WHEN (OLD.revision < NEW.revision) EXECUTE FUNCTION keep_superseded_fact('results', 'result_id');
CREATE TRIGGER passes_superseded AFTER UPDATE ON passes FOR EACH ROW
    WHEN (OLD.revision < NEW.revision) EXECUTE FUNCTION keep_superseded_fact('passes', 'pass_id');
CREATE TRIGGER registry_superseded AFTER UPDATE ON registry FOR EACH ROW
    WHEN (OLD.revision < NEW.revision) EXECUTE FUNCTION keep_superseded_fact('registry', 'kind', 'subject');
CREATE TRIGGER verdicts_superseded AFTER UPDATE ON verdicts FOR EACH ROW
    WHEN (OLD.revision > 0 AND OLD.judgements < NEW.judgements) EXECUTE FUNCTION keep_superseded_judgement();
CREATE TRIGGER statements_superseded AFTER UPDATE ON statements FOR EACH ROW
    WHEN (OLD.judgement < NEW.judgement OR OLD.crossing_id <> NEW.crossing_id)
    EXECUTE FUNCTION keep_superseded_statement();

-- Written by whoever drops facts: from when on they are kept. Empty while nothing was ever dropped.
CREATE TABLE kept_since (
    one boolean     PRIMARY KEY DEFAULT true CHECK (one),
    at  timestamptz NOT NULL
);
