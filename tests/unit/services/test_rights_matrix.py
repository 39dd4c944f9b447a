"""Who may do what, as a matrix; and which areas cover what."""

from __future__ import annotations

import pytest

from services.accounts.rights import RIGHTS, Right, Role, UnknownScope, covers, rights_of_scopes

MATRIX = """
                          officer police patrol duty_officer coordinator facility commune command auditor registry
alerts:read               .       x      x      x            .           .        .       x       .       .
alerts:act                .       x      x      x            .           .        .       .       .       .
alerts:roster             .       .      .      .            .           .        .       x       .       .
alerts:shares             .       .      .      .            .           .        .       x       x       .
queue:read                .       .      .      .            x           x        x       x       .       .
queue:act                 .       .      .      .            x           .        .       .       .       .
queue:open                .       .      .      .            x           x        .       .       .       .
desk:read                 .       .      .      x            .           .        .       x       x       x
dead-letters:act          .       .      .      x            .           .        .       .       .       .
audit:read                .       .      .      .            .           .        .       .       x       .
metrics:read              .       .      .      .            .           .        .       .       .       .
whatif                    .       .      .      .            .           .        .       x       .       .
replay                    .       .      .      .            .           .        .       x       x       .
registry:read             .       .      .      .            .           .        .       x       x       x
registry:test-results     .       .      .      .            .           .        .       .       .       x
registry:vehicle-passes   .       .      .      .            .           .        .       .       .       x
registry:passes           .       .      .      .            .           .        .       .       .       x
registry:notices          .       .      .      .            .           .        .       x       .       x
registry:policies         .       .      .      .            .           .        .       x       .       x
registry:posts            .       .      .      .            .           .        .       .       .       x
registry:stations         .       .      .      .            .           .        .       .       .       x
registry:lists            .       .      .      .            .           .        .       .       .       x
registry:zones            .       .      .      .            .           .        .       x       .       x
registry:places           .       .      .      .            .           .        .       .       .       x
"""


def test_each_role_has_exactly_the_rights_of_the_matrix():
    head, *rows = [line.split() for line in MATRIX.strip().splitlines()]
    assert {row[0] for row in rows} == set(Right)
    assert set(head) == set(Role)
    written = {role: {row[0] for row in rows if row[column + 1] == "x"} for column, role in enumerate(head)}
    assert written == {role.value: {right.value for right in rights} for role, rights in RIGHTS.items()}


def test_a_key_has_the_scopes_that_it_was_made_with_and_no_others():
    assert rights_of_scopes(["registry:test-results"]) == {Right.TEST_RESULTS}
    assert rights_of_scopes(["alerts"]) == {Right.ALERTS_READ, Right.ALERTS_ACT}


@pytest.mark.parametrize("scopes", [[], ["everything"], ["alerts:read", "root"]])
def test_a_scope_that_nobody_knows_makes_no_key(scopes):
    with pytest.raises(UnknownScope):
        rights_of_scopes(scopes)


@pytest.mark.parametrize(
    ("areas", "places", "covered"),
    [
        ((), ("rach-mieu", None), True),  # none: the whole province
        (("rach-mieu",), ("rach-mieu", None), True),
        (("28765",), ("rach-mieu", "28765"), True),
        (("28765",), ("rach-mieu", None), False),
        (("28765",), ("rach-mieu", "28766"), False),
    ],
)
def test_an_area_covers_its_post_commune_or_place(areas, places, covered):
    assert covers(areas, *places) is covered
