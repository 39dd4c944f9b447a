"""One set of keys for these tests: making an RSA key takes a while."""

import pytest

from deploy.demo.posts import LANES
from deploy.keys import KeyFolder, make_keys


@pytest.fixture(scope="session")
def simulator_keys(tmp_path_factory):
    folder = KeyFolder(tmp_path_factory.mktemp("simulator") / "keys")
    make_keys(folder, LANES)
    return folder
