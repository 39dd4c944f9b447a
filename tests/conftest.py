"""The real PostgreSQL and Kafka, one of each for whoever asks in a session, and who stays together with whom."""

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.real_parts import (
    background,
    database,
    database_template,
    database_url,
    empty_database,
    kafka,
    kafka_bootstrap,
    parts,
)

__all__ = [
    "background",
    "database",
    "database_template",
    "database_url",
    "empty_database",
    "kafka",
    "kafka_bootstrap",
    "parts",
]

ON_THEIR_OWN = ("test_chaos.py", "test_up.py")
"""Of the acceptance tests, those that start a whole system of their own; all the others look at one province."""


class StaysTogether(LoadScopeScheduling):
    """A file stays in one session, and so does the province: what tests share is started once."""

    def _split_scope(self, nodeid):
        file = nodeid.split("::", 1)[0]
        shares_province = file.startswith("tests/acceptance/") and not file.endswith(ON_THEIR_OWN)
        return "the province" if shares_province else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where sessions share the work of whole files (deploy/test)."""
    return StaysTogether(config, log) if config.getvalue("dist") == "loadscope" else None
