"""What went wrong, to be read: dead letters, conflicts, gaps, refused stations, health."""
