-- What-ifs and replays wait, run and are answered alike.
ALTER TABLE whatifs RENAME TO questions;
ALTER INDEX whatifs_pkey RENAME TO questions_pkey;
ALTER INDEX whatifs_waiting RENAME TO questions_waiting;
ALTER INDEX whatifs_unsent RENAME TO questions_unsent;
ALTER TABLE questions ADD COLUMN command text NOT NULL DEFAULT 'what_if';
ALTER TABLE questions ALTER COLUMN command DROP DEFAULT;
