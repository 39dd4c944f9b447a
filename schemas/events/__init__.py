"""What happened, in the past tense, one module a family. Every model is frozen and bounded."""
