"""Whoever tries a name that is not there waits as long as with one that is."""

import pytest
from argon2 import extract_parameters
from argon2.exceptions import VerifyMismatchError

from services.accounts.create import HASHER, hash_of_no_password


def test_it_costs_what_a_real_one_costs():
    real, none = extract_parameters(HASHER.hash("a password")), extract_parameters(hash_of_no_password())
    assert none == real
    assert not HASHER.check_needs_rehash(hash_of_no_password())


@pytest.mark.parametrize("password", ["", "a password"])
def test_no_password_opens_it(password):
    with pytest.raises(VerifyMismatchError):
        HASHER.verify(hash_of_no_password(), password)
