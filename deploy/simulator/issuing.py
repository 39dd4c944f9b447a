"""The texts inside the codes of a plan's papers, signed with the province's real keys, or forged without them."""

from dataclasses import dataclass, replace

from deploy.keys import COUNTRY, GREEN_LANE, HEALTH_ES256, HEALTH_PS256, KeyFolder
from deploy.simulator.plan_model import CitizenCard, GreenLanePass, NationalCard, OtherCode, Paper, TestPass
from schemas.passes.claims import CitizenClaims, GreenLaneClaims, HealthClaims, HealthEntry
from schemas.passes.issue import (
    PassSigner,
    citizen_card_text,
    green_lane_card_url,
    issue_green_lane_pass,
    issue_health_pass,
    make_issuer_key,
)
from schemas.passes.token_list import TokenEntry, TokenList, sealed_plate, token_hash
from schemas.passes.trust_list import SigningAlgorithm, TrustList, TrustListEntry
from schemas.words import TestBasis, TestOutcome

CARD_ISSUED_ON = "2021-07-01"
COVID = "840539006"


@dataclass(frozen=True)
class Issuers:
    """The province's signers, and a forger's: the same key ids and names, other keys."""

    health: dict[SigningAlgorithm, PassSigner]
    green_lane: PassSigner
    forged_health: dict[SigningAlgorithm, PassSigner]
    forged_green_lane: PassSigner
    trust_list: TrustList

    @classmethod
    def of(cls, keys: KeyFolder) -> "Issuers":
        files = {kind: keys.read_issuer(kind) for kind in (HEALTH_ES256, HEALTH_PS256, GREEN_LANE)}
        health = {kind.algorithm: files[kind].signer() for kind in (HEALTH_ES256, HEALTH_PS256)}
        green_lane = files[GREEN_LANE].signer()
        return cls(
            health=health,
            green_lane=green_lane,
            forged_health={algorithm: _forger(signer) for algorithm, signer in health.items()},
            forged_green_lane=_forger(green_lane),
            trust_list=trust_list_of([file.entry for file in files.values()]),
        )

    def text_of(self, paper: Paper) -> str:
        """What stands in the code of ``paper``."""
        match paper:
            case TestPass():
                return self._test(paper)
            case GreenLanePass():
                return self._green_lane(paper)
            case CitizenCard(person):
                claims = CitizenClaims(person=person.claims, address=person.address, issued_on=CARD_ISSUED_ON)
                return citizen_card_text(claims)
            case NationalCard(token):
                return green_lane_card_url(token)
            case OtherCode(text):
                return text

    def _test(self, paper: TestPass) -> str:
        signers = self.forged_health if paper.forged else self.health
        entry = HealthEntry(
            entry="test",
            certificate_id=paper.certificate_id,
            disease=COVID,
            country=COUNTRY,
            issuer=self.health[paper.algorithm].issuer,
            test_kind=paper.kind,
            test_outcome=TestOutcome.NEGATIVE,
            sampled_at=paper.sampled_at,
            resulted_at=paper.sampled_at,
            basis=TestBasis.INDIVIDUAL,
        )
        return issue_health_pass(
            HealthClaims(
                person=paper.person.on_own_pass.model_copy(update={"masked_number": None}), entries=(entry,)
            ),
            signer=signers[paper.algorithm],
            issued_at=paper.sampled_at,
            valid_until=paper.valid_until,
        )

    def _green_lane(self, paper: GreenLanePass) -> str:
        return issue_green_lane_pass(
            claims_of(paper),
            signer=self.forged_green_lane if paper.forged else self.green_lane,
            issued_at=paper.issued_at,
            valid_until=paper.valid_until,
        )


def claims_of(paper: GreenLanePass) -> GreenLaneClaims:
    return GreenLaneClaims(
        pass_number=paper.pass_number,
        plate=paper.plate,
        vehicle_class=paper.vehicle_class,
        registered_crew=paper.registered_crew,
        crew=tuple(person.on_own_pass for person in paper.crew),
        route=paper.route,
        cargo=paper.cargo,
        carrier=paper.carrier,
    )


def trust_list_of(entries: list[TrustListEntry]) -> TrustList:
    return TrustList(entries=tuple(entries))


def token_list_of(cards: tuple[NationalCard, ...]) -> TokenList:
    """The list that stations hold: hashes, and where it names them plates that only the card opens."""
    return TokenList(
        entries=tuple(
            TokenEntry(
                token_hash=token_hash(card.token),
                valid_until=card.valid_until,
                vehicle_class=card.vehicle_class,
                sealed_plate=sealed_plate(card.token, card.plate) if card.plate_listed else None,
            )
            for card in cards
        )
    )


def _forger(signer: PassSigner) -> PassSigner:
    """Copies what everyone can read off a genuine pass, and signs with a key of his own."""
    own = make_issuer_key(signer.algorithm, issuer=signer.issuer, country=COUNTRY, usages=())
    return replace(PassSigner.of(own), key_id=signer.key_id)
