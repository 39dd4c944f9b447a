"""Sealing, refs, station chains and signatures (TRUST.md). Keys are passed in; none is made up or kept here."""
