-- Which process counted last: one that takes in parts what an earlier one had begun counts once.
ALTER TABLE attempts ADD COLUMN life uuid;
