"""Simulated traffic with known truth: a pure, seeded plan, and what turns it into pictures, sheets or events.

Imports no program: it speaks to stations by files, to services by HTTP and to Kafka by events, as the world does.
"""
