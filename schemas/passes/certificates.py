"""Trust list entries from X.509 certificates, and from the signed demo list of the EU's verifiers.

Only the key, the country, the validity and the usages are taken; no chain is followed.
"""

from __future__ import annotations

import json
import warnings
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from cryptography.utils import CryptographyDeprecationWarning
from pydantic import ValidationError

from schemas.bounded import EARLIEST, LATEST
from schemas.passes.trust_list import KeyUsage, TrustList, TrustListEntry, algorithm_of

KEY_ID_LENGTH = 8


class TrustListNotBelieved(Exception):
    """The list's own signature is wrong, or it is not a list at all."""


@dataclass(frozen=True, slots=True)
class SignedListRead:
    """A list whose signature was right, and the places in it of certificates that could not be used."""

    trust_list: TrustList
    unusable: tuple[int, ...]


def entry_from_certificate(
    der: bytes, *, key_id: bytes | None = None, country: str | None = None
) -> TrustListEntry:
    """The certificate as an entry. Raises ValueError when not even its key can be read.

    ``key_id`` and ``country``: as a list names them; else the first 8 bytes of SHA-256 over
    the certificate, and its subject's country.
    """
    try:
        with warnings.catch_warnings():
            # Real issuers have serial numbers of zero; we use the key, not the number.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            certificate = x509.load_der_x509_certificate(der)
        public_key = certificate.public_key()
    except UnsupportedAlgorithm as exc:
        raise ValueError("a key of an unknown kind") from exc
    return TrustListEntry(
        key_id=b64encode(key_id or sha256(der).digest()[:KEY_ID_LENGTH]).decode("ascii"),
        country=country or _country(certificate),
        algorithm=algorithm_of(public_key),
        public_key=b64encode(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode(
            "ascii"
        ),
        usages=usages_in(der),
        not_before=_within_bounds(certificate.not_valid_before_utc),
        not_after=_within_bounds(certificate.not_valid_after_utc),
    )


def read_signed_list(signed: bytes, signer_pem: bytes) -> SignedListRead:
    """The list in ``signed``: a line with the base64 ECDSA signature, then the JSON that it signs.

    Raises TrustListNotBelieved before anything of the JSON is looked at.
    """
    signature, _, body = signed.partition(b"\n")
    if not _is_signed(body, signature, signer_pem):
        raise TrustListNotBelieved
    entries, unusable = [], []
    for place, listed in enumerate(_certificates(body)):
        try:
            entries.append(
                entry_from_certificate(
                    b64decode(listed["rawData"]), key_id=b64decode(listed["kid"]), country=listed.get("country")
                )
            )
        except (ValueError, KeyError, TypeError, ValidationError):
            unusable.append(place)
    return SignedListRead(TrustList(entries=tuple(entries)), tuple(unusable))


# 1.3.6.1.4.1.1847.2021.1.{1,2,3}, and the same with a 0 before 1847, which some issuers wrote.
_ARCS = (bytes.fromhex("2b060104018e378f6501"), bytes.fromhex("2b06010401008e378f6501"))
_USAGES = {1: KeyUsage.TEST, 2: KeyUsage.VACCINATION, 3: KeyUsage.RECOVERY}


def usages_in(der: bytes) -> tuple[KeyUsage, ...]:
    """The health uses that a certificate's extended key usage names.

    Found as encoded object identifiers in the bytes: ``cryptography`` refuses to parse the
    extensions of some real certificates, and must not thereby widen what a key may sign.
    """
    return tuple(
        usage
        for last, usage in _USAGES.items()
        if any(b"\x06" + bytes([len(arc) + 1]) + arc + bytes([last]) in der for arc in _ARCS)
    )


def _country(certificate: x509.Certificate) -> str | None:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COUNTRY_NAME)
    stated = str(names[0].value).upper() if names else ""
    return stated if len(stated) == 2 and stated.isascii() and stated.isalpha() else None


def _within_bounds(at: datetime) -> datetime:
    return min(max(at, EARLIEST), LATEST - timedelta(milliseconds=1))


def _certificates(body: bytes) -> list[dict[str, str]]:
    try:
        certificates: list[dict[str, str]] = json.loads(body)["certificates"]
    except (ValueError, KeyError, TypeError) as exc:
        raise TrustListNotBelieved from exc
    return certificates


def _is_signed(body: bytes, signature: bytes, signer_pem: bytes) -> bool:
    signer = load_pem_public_key(signer_pem)
    if not isinstance(signer, ec.EllipticCurvePublicKey):
        raise TypeError("the list is signed by ECDSA")
    try:
        raw = b64decode(signature, validate=True)
        half = len(raw) // 2
        r, s = int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
        signer.verify(encode_dss_signature(r, s), body, ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return len(raw) == 64
