"""What is due at an instant: durable, once with any number of processes, at no cost while nothing is due."""
