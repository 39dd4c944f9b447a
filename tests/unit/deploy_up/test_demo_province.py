"""The demonstration's data: four posts, a policy that names every code, and what is sent to enter them."""

import json

import httpx
import pytest

from deploy.demo.entering import PLACES, RegistryClient
from deploy.demo.policy import demo_policy
from deploy.demo.posts import LANES, POSTS, SIMULATED
from deploy.keys import KeyFolder, make_keys
from deploy.refusals import CannotStart
from deploy.simulator.places import COMMUNES
from schemas.events.registry import PostRegistered
from schemas.passes.kinds import ReadingReason
from schemas.rules.codes import Agreement, Note, Rule, TestStatus
from schemas.units import Units
from schemas.words import Direction, Outcome, PostMode
from schemas.zone_files import levels_from, units_from
from services.registry.requests import ListSent, PlaceSent, PolicySent, PostSent, StationSent, VehiclePassSent
from services.registry.requests import TestResultSent as ResultSent
from tests.unit.simulator.mornings import a_plan

MODELS = {
    "posts": PostSent,
    "stations": StationSent,
    "policies": PolicySent,
    "lists": ListSent,
    "places": PlaceSent,
    "vehicle-passes": VehiclePassSent,
    "test-results": ResultSent,
}


class FakeRegistry:
    """Takes what the real one would take, and remembers the lists."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, object]] = []
        self.lists: dict[str, dict] = {}
        self.units = None

    def answer(self, request):
        kind = request.url.path.rsplit("/", 1)[1]
        if request.method == "GET":
            if kind == "policies":
                sent = [one.policy for taken, one in self.taken if taken == kind]
                return httpx.Response(
                    200, json={kind: [{"policy": one.model_dump(mode="json")} for one in sent[-1:]]}
                )
            return httpx.Response(200, json={"lists": list(self.lists.values())})
        if request.headers["content-type"] == "text/csv":
            self.units = self.units or Units.of(units_from(request.content, Units()))
            if kind == "zones":
                self.taken += [(kind, one) for one in levels_from(request.content, self.units, time_zone="UTC")]
            return httpx.Response(201, json={"results": []})
        body = json.loads(request.content)
        for one in body if isinstance(body, list) else [body]:
            self.taken.append((kind, MODELS[kind].model_validate_json(json.dumps(one))))
            if kind == "lists":
                self.lists[one["list_id"]] = one
        return httpx.Response(201, json={"results": []})

    def client(self):
        client = RegistryClient("http://centre", "key")
        client._client = httpx.AsyncClient(
            base_url="http://centre/v1/registry", transport=httpx.MockTransport(self.answer)
        )
        return client


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = KeyFolder(tmp_path_factory.mktemp("entering") / "keys")
    make_keys(folder, LANES)
    return folder


def test_two_of_the_four_posts_are_on_the_water_and_all_record_both_directions():
    posts = [PostSent.model_validate_json(json.dumps(post)) for post in POSTS]
    assert [post.mode for post in posts].count(PostMode.RIVER) == 2
    assert all(set(post.records) == set(Direction) for post in posts)
    assert {lane.post_id for lane in LANES} == {post.post_id for post in posts}
    assert {lane.station_id for lane in SIMULATED} == {"rach-mieu-1", "pha-rach-mieu-1"}
    assert set(PostRegistered.model_fields) >= set(POSTS[0])


def test_the_policy_names_every_code_with_a_sentence_in_both_languages():
    policy = demo_policy()
    named = {entry.code: entry for entry in policy.codes}
    for family in (Rule, TestStatus, Note, Agreement, ReadingReason):
        for code in family:
            sentence = named[code.value].sentence
            assert sentence is not None
            assert sentence.vi != sentence.en != code.value


def test_the_policy_refers_a_positive_and_turns_no_positive_back():
    policy = demo_policy()
    for code in (TestStatus.KNOWN_POSITIVE, TestStatus.POSITIVE_AFTER, TestStatus.SHOWN_POSITIVE):
        assert policy.outcome_of(code.value) is Outcome.REFER
    assert policy.order.index(Outcome.REFER) < policy.order.index(Outcome.TURN_BACK)


def test_goods_are_not_banned_an_expired_pass_is_checked_more():
    assert demo_policy().outcome_of("GL05") is Outcome.CHECK_MORE


def test_there_is_a_travel_time_between_any_two_posts():
    ids = [str(post["post_id"]) for post in POSTS]
    assert all(demo_policy().travel_time(one, other) for one in ids for other in ids if one != other)


async def test_the_province_is_entered_in_the_registrys_own_models(keys):
    registry = FakeRegistry()
    async with registry.client() as client:
        await client.enter_province(keys, LANES)
    kinds = [kind for kind, _ in registry.taken]
    assert kinds.count("posts") == kinds.count("stations") == 4
    assert kinds.count("places") == len(PLACES)
    assert kinds.index("posts") < kinds.index("stations")
    assert set(registry.lists) == {"trust", "revocations"}
    assert kinds.count("zones") == 1


async def test_a_demonstration_policy_that_changed_is_entered_as_the_next_version(keys, monkeypatch):
    registry, changed = FakeRegistry(), demo_policy().model_copy(update={"document": "another"})
    async with registry.client() as client:
        await client.enter_province(keys, ())
        await client.enter_province(keys, ())
        monkeypatch.setattr("deploy.demo.entering.demo_policy", lambda: changed)
        await client.enter_province(keys, ())
    sent = [one.policy for kind, one in registry.taken if kind == "policies"]
    assert [(one.version, one.document == "another") for one in sent] == [(1, False), (1, False), (2, True)]


async def test_starting_again_does_not_empty_the_revocations(keys):
    registry = FakeRegistry()
    registry.lists["revocations"] = {
        "list_id": "revocations",
        "revision": 7,
        "revocations": {"tokens": ["a" * 64]},
    }
    async with registry.client() as client:
        await client.enter_province(keys, ())
        assert (await client.revisions())["revocations"] == 7


async def test_every_commune_of_the_demonstration_is_a_unit_with_a_name(keys):
    registry = FakeRegistry()
    async with registry.client() as client:
        await client.enter_province(keys, LANES)
    used = {code for code, _, _ in COMMUNES} | {place["commune"] for place in PLACES if "commune" in place}
    assert {code for code in used if registry.units.name_of(code) is None} == set()
    assert len(registry.units) == 63 + 9 + 157


async def test_a_morning_enters_its_passes_cards_and_results(keys):
    registry, morning = FakeRegistry(), a_plan(2)
    async with registry.client() as client:
        await client.enter_plan(morning)
        for result in morning.results:
            await client.enter_result(result)
    kinds = [kind for kind, _ in registry.taken]
    assert kinds.count("vehicle-passes") == len(morning.passes)
    assert kinds.count("test-results") == len(morning.results)
    assert len(registry.lists["tokens"]["token_list"]["entries"]) == len(morning.cards)


async def test_a_list_gets_a_new_revision_only_when_it_changed(keys):
    registry = FakeRegistry()
    async with registry.client() as client:
        for seed in (2, 2, 3):
            await client.enter_plan(a_plan(seed))
        assert (await client.revisions())["tokens"] == 2


async def test_a_refusal_of_the_registry_stops_the_start_with_its_reason():
    registry = FakeRegistry()
    registry.answer = lambda request: httpx.Response(403, json={"error": "NOT_ALLOWED"})
    async with registry.client() as client:
        with pytest.raises(CannotStart, match="refused units \\(403\\)"):
            await client.enter_province(KeyFolder(None), ())
