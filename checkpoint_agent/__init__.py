"""The station at a lane: sees, reads, advises, keeps what the officer decided. Works alone, without a network."""
