"""Where the worker's log lines go, and which libraries are quiet."""

from __future__ import annotations

import logging

from schemas.log_lines import JsonLines


def set_up_logging(name: str = "") -> None:
    """``name`` tells this worker from the others."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines("processors", name))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # aiokafka reconnects without back-off and says so each time: 26,000 lines in 20 s (ENGINE.md). We say it once.
    for logger in ("aiokafka", "aiokafka.conn", "aiokafka.client"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    # With a traceback every minute of an outage, which we said once.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)
    for logger in ("faust", "mode"):
        logging.getLogger(logger).setLevel(logging.WARNING)
