"""The centre's services: alert API, quarantine queue, registry, the read-only desk. Shares only ``schemas``."""
