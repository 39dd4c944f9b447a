"""All tests of this folder share one event loop, on which their one browser began and says what it has to say."""

from functools import partial

import pytest
import pytest_asyncio

on_the_shared_loop = partial(pytest_asyncio.fixture, loop_scope="session")
"""Instead of ``pytest.fixture``, for what is asynchronous."""
for_tests = pytest.mark.asyncio(loop_scope="session")
