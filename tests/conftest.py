"""The real PostgreSQL and Kafka, one of each for whoever asks in a session, and who stays together with whom."""

import pytest

from tests.real_parts import background, database, database_url, kafka, kafka_bootstrap, parts

__all__ = ["background", "database", "database_url", "kafka", "kafka_bootstrap", "parts"]


def pytest_collection_modifyitems(items):
    """Where sessions share the work (deploy/test), a file stays in one of them, and so do all that look at the
    acceptance tests' one province: what they share is started once."""
    for item in items:
        folder, file = item.path.parent.name, item.path.stem
        alike = "province" if folder == "acceptance" and "province" in item.fixturenames else file
        item.add_marker(pytest.mark.xdist_group(f"{folder}-{alike}"))
