"""What-if for the command centre: ask, follow, stop, read. The processors judge; here nothing is judged."""
