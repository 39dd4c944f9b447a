"""Kinds of pass, what became of a reading, and the stable reason codes of the chain (DOMAIN.md section 1)."""

from __future__ import annotations

from enum import StrEnum


class PassKind(StrEnum):
    GREEN_LANE_CARD = "green_lane_card"
    """The national card: a URL with a token, looked up."""
    GREEN_LANE_PASS = "green_lane_pass"
    """The province's own signed pass."""
    HEALTH_PASS = "health_pass"
    """``HC1:``: EU-format, or the province's test or person pass, told apart by issuer and contents."""
    CITIZEN_CARD = "citizen_card"
    NATIONAL_QR = "national_qr"
    DECLARATION = "declaration"
    PASSAGE_SLIP = "passage_slip"
    HEALTH_INSURANCE = "health_insurance"
    OTHER_APP = "other_app"
    PLACE_QR = "place_qr"
    PAPER = "paper"
    UNKNOWN = "unknown"


class ReadingStatus(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """The pass is at fault."""
    COULD_NOT_CHECK = "could_not_check"
    """We are: an old list, an unknown key, no network."""


class Confidence(StrEnum):
    SIGNED = "signed"
    LOOKED_UP = "looked_up"
    UNSIGNED_TEXT = "unsigned_text"
    PAPER_SEEN = "paper_seen"
    NONE = "none"


class Step(StrEnum):
    """The chain, in order. A reading names the last step that it passed."""

    PREFIX = "prefix"
    BASE45 = "base45"
    INFLATE = "inflate"
    CBOR = "cbor"
    COSE = "cose"
    KEY = "key"
    SIGNATURE = "signature"
    TIMES = "times"
    REVOCATION = "revocation"


class ReadingReason(StrEnum):
    """Why a reading is not plainly accepted. Codes are stable: they are stored, reported and mapped by policy."""

    # the pass is at fault
    PASS_PREFIX_UNKNOWN = "PASS_PREFIX_UNKNOWN"
    PASS_BASE45_BROKEN = "PASS_BASE45_BROKEN"
    PASS_INFLATE_BROKEN = "PASS_INFLATE_BROKEN"
    PASS_TOO_LARGE = "PASS_TOO_LARGE"
    PASS_CBOR_BROKEN = "PASS_CBOR_BROKEN"
    PASS_CBOR_DUPLICATE_KEY = "PASS_CBOR_DUPLICATE_KEY"
    PASS_CBOR_TRAILING_BYTES = "PASS_CBOR_TRAILING_BYTES"
    PASS_COSE_BROKEN = "PASS_COSE_BROKEN"
    PASS_ALGORITHM_NOT_ALLOWED = "PASS_ALGORITHM_NOT_ALLOWED"
    PASS_KEY_ID_MISSING = "PASS_KEY_ID_MISSING"
    PASS_KEY_OF_OTHER_ISSUER = "PASS_KEY_OF_OTHER_ISSUER"
    PASS_KEY_NOT_FOR_THIS_USE = "PASS_KEY_NOT_FOR_THIS_USE"
    PASS_KEY_RETIRED = "PASS_KEY_RETIRED"
    PASS_SIGNATURE_WRONG = "PASS_SIGNATURE_WRONG"
    PASS_CLAIMS_BROKEN = "PASS_CLAIMS_BROKEN"
    PASS_ISSUED_IN_FUTURE = "PASS_ISSUED_IN_FUTURE"
    PASS_NOT_YET_VALID = "PASS_NOT_YET_VALID"
    PASS_EXPIRED = "PASS_EXPIRED"
    """Genuine, past its printed time; the claims are kept, since a notice may still extend it."""
    PASS_REVOKED = "PASS_REVOKED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    CARD_FIELDS_DISAGREE = "CARD_FIELDS_DISAGREE"
    """Number, sex and birth year of a citizen card do not agree."""
    CARD_BROKEN = "CARD_BROKEN"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    TEXT_NOT_ALLOWED = "TEXT_NOT_ALLOWED"
    # we are
    KEY_UNKNOWN = "KEY_UNKNOWN"
    TRUST_LIST_MISSING = "TRUST_LIST_MISSING"
    REVOCATION_LIST_MISSING = "REVOCATION_LIST_MISSING"
    TOKEN_NOT_ON_LIST = "TOKEN_NOT_ON_LIST"
    TOKEN_LIST_MISSING = "TOKEN_LIST_MISSING"
    LOOK_UP_NEEDED = "LOOK_UP_NEEDED"
    NOT_A_TRAVEL_CODE = "NOT_A_TRAVEL_CODE"
    """Recognised, named, and not what is asked for here."""
    CODE_UNKNOWN = "CODE_UNKNOWN"
    NO_CODE_SEEN = "NO_CODE_SEEN"
    """A picture was put before the camera and no code in it could be read."""
    PICTURE_BROKEN = "PICTURE_BROKEN"
    """What was put before the camera is no picture that can be shown."""
