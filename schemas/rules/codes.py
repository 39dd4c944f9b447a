"""The stable codes that rules give and policies map to outcomes. Reading reasons are in schemas.passes.kinds."""

from __future__ import annotations

from enum import StrEnum


class Rule(StrEnum):
    """The catalogue of findings (DOMAIN.md section 4)."""

    GL01 = "GL01"
    """Head-count above the registered crew."""
    GL02 = "GL02"
    GL03 = "GL03"
    """Plate seen is not the plate on the pass."""
    GL04 = "GL04"
    GL05 = "GL05"
    """Expired, as the minimum of pass, crew's tests, orders and notices."""
    GL06 = "GL06"
    """Revoked, unknown to the registry, or forged."""
    GL07 = "GL07"
    """The same pass, plate or person at two posts faster than travel allows."""
    GL08 = "GL08"
    GL09 = "GL09"
    GL10 = "GL10"
    GL11 = "GL11"
    GL12 = "GL12"
    GL13 = "GL13"
    """Someone who crossed in a green-lane vehicle tests positive within the look-back."""
    GL14 = "GL14"
    GL15 = "GL15"
    GL16 = "GL16"
    GL17 = "GL17"


class TestStatus(StrEnum):
    """What is known of an occupant's test. The first group needs only what was shown, the second the registry."""

    __test__ = False

    SHOWN_VALID = "TS_SHOWN_VALID"
    NONE_SHOWN = "TS_NONE_SHOWN"
    NOT_ASKED = "TS_NOT_ASKED"
    SHOWN_TOO_OLD = "TS_SHOWN_TOO_OLD"
    SHOWN_POSITIVE = "TS_SHOWN_POSITIVE"
    SHOWN_NOT_ACCEPTED = "TS_SHOWN_NOT_ACCEPTED"
    """A kind or basis that the policy does not take."""
    SHOWN_UNCHECKED = "TS_SHOWN_UNCHECKED"
    """Stands on a reading that was rejected or could not be checked."""

    KNOWN_POSITIVE = "TS_KNOWN_POSITIVE"
    """A positive sample from before the crossing, still counting."""
    POSITIVE_AFTER = "TS_POSITIVE_AFTER"
    """A positive sample from after the crossing, within the look-back."""
    POSITIVE_SINCE_PASS = "TS_POSITIVE_SINCE_PASS"
    """A positive sample from after the one of the negative test that was shown."""
    POSITIVE_WEAK = "TS_POSITIVE_WEAK"
    """A positive result that matches only weakly: a person must confirm that it is the same person."""
    POOL_POSITIVE = "TS_POOL_POSITIVE"
    """To be tested alone; never "positive"."""
    RESULT_PENDING = "TS_RESULT_PENDING"
    CERTIFICATE_WITHDRAWN = "TS_CERTIFICATE_WITHDRAWN"
    CERTIFICATE_CONTRADICTED = "TS_CERTIFICATE_CONTRADICTED"
    NOTHING_KNOWN = "TS_NOTHING_KNOWN"


class Note(StrEnum):
    """Codes about the crossing as a whole."""

    NOTHING_SHOWN = "NOTHING_SHOWN"
    PLATE_MISREAD_POSSIBLE = "PLATE_MISREAD_POSSIBLE"
    POLICY_NONE_IN_FORCE = "POLICY_NONE_IN_FORCE"
    EMERGENCY_PASS_THROUGH = "EMERGENCY_PASS_THROUGH"
    CONTACT_OF_POSITIVE = "CONTACT_OF_POSITIVE"
    OCCUPANT_HEALTH = "OCCUPANT_HEALTH"
    """Stands in the clear for any reason that concerns an occupant's health."""
    VALID_BY_NOTICE = "VALID_BY_NOTICE"
    MATCHED_BY_MASKED_NUMBER = "MATCHED_BY_MASKED_NUMBER"
    MATCHED_BY_NAME_AND_BIRTH = "MATCHED_BY_NAME_AND_BIRTH"
    """How weak a match is, for the person who confirms it."""
    PLATE_TO_BE_CHECKED = "PLATE_TO_BE_CHECKED"
    """A notice in force asks to check this vehicle."""
    POST_CLOSED = "POST_CLOSED"
    ROAD_CLOSED = "ROAD_CLOSED"
    """A road or ferry from this post to another: traffic comes late, or by another way."""
    CHANGE_OF_DRIVER_ORDERED = "CHANGE_OF_DRIVER_ORDERED"
    """By an authority, at this post: a driver who is not on the pass is no misuse here."""
    RULE_NOT_EVALUABLE = "RULE_NOT_EVALUABLE"
    """An acceptance rule that these facts give no answer to."""
    INSPECTION_DRAWN = "INSPECTION_DRAWN"
    INSPECTION_DONE = "INSPECTION_DONE"


class Agreement(StrEnum):
    """What does not fit among the papers of one occupant (schemas.rules.agreement)."""

    NUMBERS_DIFFER = "PAPERS_NUMBERS_DIFFER"
    """Full numbers, old numbers, or the digits that a masked one shows."""
    NAMES_DIFFER = "PAPERS_NAMES_DIFFER"
    BIRTH_DATES_DIFFER = "PAPERS_BIRTH_DATES_DIFFER"
    SEXES_DIFFER = "PAPERS_SEXES_DIFFER"
    NUMBER_IMPOSSIBLE = "PAPERS_NUMBER_IMPOSSIBLE"
    """The number of one paper does not fit the sex or birth year of another, or names no place."""
    TEST_COVERS_OTHERS = "TEST_COVERS_OTHERS"
    """A group's test, shown by somebody who is not in that group."""


POSITIVE = frozenset({TestStatus.KNOWN_POSITIVE, TestStatus.POSITIVE_AFTER, TestStatus.SHOWN_POSITIVE})
"""Codes that make the others on board contacts."""
