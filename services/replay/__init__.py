"""Replay for the command centre and auditors: ask, follow, stop, read. The processors judge; here nothing is."""
