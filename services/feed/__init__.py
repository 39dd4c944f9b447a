"""What changed, in the order in which it was committed, for everyone who follows live or by cursor."""
