"""Whether every planted case came out, each once, where its user would see it. Knows the truth; judges nothing."""
