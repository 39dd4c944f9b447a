"""Records that could not be taken, and what the duty officer does about them. The decisions are in README.md."""
