"""What the centre publishes about a plan's world, signed as the services sign it, for runs without services."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.public import PrivateKey

from deploy.demo.posts import POSTS
from deploy.key_folder import read_file
from deploy.keys import GREEN_LANE, KeyFolder, Lane
from deploy.simulator.issuing import Issuers, claims_of, token_list_of
from deploy.simulator.notices import notices_of
from deploy.simulator.places import carrier_id
from deploy.simulator.plan_model import GreenLanePass, Plan, PlannedResult
from deploy.simulator.stream import Record
from schemas.events.base import SignedEvent
from schemas.events.registry import (
    ListPublished,
    PolicyPublished,
    PostRegistered,
    StationEnrolled,
    VehiclePassRegistered,
    VehiclePassSecrets,
)
from schemas.events.test_result import TestResultReported, TestResultSecrets
from schemas.ids import derived_id
from schemas.passes.revocations import Revocations
from schemas.policy.policy import Policy
from schemas.topics import (
    LISTS,
    NOTICES,
    POLICIES,
    STATIONS,
    TEST_RESULTS,
    VEHICLE_PASSES,
    Topic,
    encode,
)
from schemas.topics import (
    POSTS as POSTS_TOPIC,
)
from schemas.trust.key_files import SealingKeysFile, SigningKeyFile, StationKeysFile
from schemas.trust.signing import SIGNATURE_HEADER, CentreSigner
from schemas.words import TestOutcome, TestStanding


class Registry:
    """Signs with the centre's key, which only a test or a benchmark should hold beside the services."""

    def __init__(self, keys: KeyFolder, at: datetime) -> None:
        self._keys, self._at = keys, at
        self._signer = CentreSigner(read_file(keys.signing, SigningKeyFile).private)
        self._sealer = read_file(keys.sealing, SealingKeysFile).sealer()

    def records(self, plan: Plan, lanes: Sequence[Lane], policies: Sequence[Policy]) -> Iterator[Record]:
        """Posts, stations, policies, notices, lists and passes: what must be known before the first crossing."""
        for post in POSTS:
            yield self._signed(POSTS_TOPIC, PostRegistered(**self._base("post", post["post_id"]), **post))
        for lane in lanes:
            yield self._signed(STATIONS, self._enrolled(self._keys.read_station(lane.station_id)))
        for policy in policies:
            base = self._base("policy", policy.policy_id, policy.version, revision=policy.version)
            yield self._signed(POLICIES, PolicyPublished(**base, policy=policy))
        for notice in notices_of(plan):
            yield self._signed(NOTICES, notice)
        yield from self._lists(plan)
        for paper in plan.passes:
            yield self._signed(VEHICLE_PASSES, self._pass(paper))

    def result(self, result: PlannedResult) -> Record:
        """A laboratory's positive result."""
        base = self._base("result", result.result_id) | {"occurred_at": result.resulted_at}
        secrets = TestResultSecrets(
            record_id=base["event_id"],
            person=result.person.claims,
            kind=result.kind,
            standing=TestStanding.CONFIRMED,
            outcome=TestOutcome.POSITIVE,
            sampled_at=result.sampled_at,
            resulted_at=result.resulted_at,
        )
        sealed = self._sealer.seal(secrets)
        reported = TestResultReported(**base, result_id=result.result_id, source="cdc-ben-tre", sealed=sealed)
        return self._signed(TEST_RESULTS, reported)

    def _lists(self, plan: Plan) -> Iterator[Record]:
        trust = Issuers.of(self._keys).trust_list
        contents: tuple[dict[str, Any], ...] = (
            {"list_id": "trust", "trust_list": trust},
            {"list_id": "tokens", "token_list": token_list_of(plan.cards)},
            {"list_id": "revocations", "revocations": Revocations()},
        )
        for content in contents:
            yield self._signed(LISTS, ListPublished(**self._base("list", content["list_id"]), **content))

    def _enrolled(self, station: StationKeysFile) -> StationEnrolled:
        return StationEnrolled(
            **self._base("station", station.station_id, station.enrolment),
            **enrolment_of(station),
        )

    def _pass(self, paper: GreenLanePass) -> VehiclePassRegistered:
        base = self._base("vehicle pass", paper.pass_number)
        claims = claims_of(paper)
        secrets = VehiclePassSecrets(
            record_id=base["event_id"],
            pass_number=paper.pass_number,
            plate=paper.plate,
            registered_crew=paper.registered_crew,
            crew=claims.crew,
            carrier=paper.carrier,
        )
        return VehiclePassRegistered(
            **base,
            pass_id=derived_id("pass", paper.pass_number),
            vehicle_class=paper.vehicle_class,
            issuer=GREEN_LANE.issuer,
            route=paper.route,
            valid_from=paper.issued_at,
            valid_until=paper.valid_until,
            carrier_id=carrier_id(paper.carrier),
            sealed=self._sealer.seal(secrets),
        )

    def _base(self, *what: object, revision: int = 1) -> dict[str, Any]:
        return {"event_id": derived_id("simulated", *what), "occurred_at": self._at, "revision": revision}

    def _signed(self, topic: Topic, event: SignedEvent) -> Record:
        key, value, headers = encode(topic, event)
        signature = self._signer.signature(topic.name, event.type_name, value)
        return Record(topic.name, key, value, [*headers, (SIGNATURE_HEADER, signature)])


def enrolment_of(station: StationKeysFile) -> dict[str, Any]:
    """The public halves of a station's keys, as its enrolment names them."""
    signing = Ed25519PrivateKey.from_private_bytes(station.signing_private).public_key().public_bytes_raw()
    sealing = bytes(PrivateKey(station.sealing_private).public_key)
    return {
        "station_id": station.station_id,
        "enrolment": station.enrolment,
        "post_id": station.post_id,
        "lane": station.lane,
        "signing_key": b64encode(signing).decode(),
        "sealing_key": b64encode(sealing).decode(),
        "sealing_key_id": station.sealing_key_id,
    }
