"""What ``chotxanh up`` starts and in which order: ports, programs, logins, traffic, counts. Judges nothing."""
