"""Replay: stored judgements repeated from the facts of then. Reads and compares; changes and opens nothing."""
