"""Where the public test data lie that are handed over beside the project, and the reason to skip without them."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"


def needs(*parts: str) -> pytest.MarkDecorator:
    """Skips where the folder or file is not there: none of it is part of the project."""
    path = DATA.joinpath(*parts)
    return pytest.mark.skipif(not path.exists(), reason=f"{Path(*parts)} of the shared test data is not here")
