-- Each fact is marked as judged a moment after it came. Half of a page is left free for that, so that the row stays in
-- its page and neither of its indexes is written again (a heap-only update).
ALTER TABLE facts SET (fillfactor = 50);
