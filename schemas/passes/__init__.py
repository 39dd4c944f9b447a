"""What a code stands for, whether it is genuine, and what it claims. Keys, lists and the time are passed in."""
