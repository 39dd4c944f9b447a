"""Passwords and PINs that cost next to nothing, where they are made and looked at by the hundred.

In the tests' own processes alone; that the system's own cost is the one meant is for tests/unit to say, and whole
systems (tests/acceptance) are left as they are.
"""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    from checkpoint_agent.page import officers
    from services.accounts import create, sessions

    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(create, "HASHER", cheap)
        patch.setattr(sessions, "HASHER", cheap)
        patch.setattr(officers, "_HASHER", cheap)
        yield
