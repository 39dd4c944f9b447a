"""The change sheet stands at the lane until the shift has read it, and a restart asks nobody again."""

from datetime import timedelta
from types import SimpleNamespace

from checkpoint_agent.crossing.advising import Rules
from checkpoint_agent.outbox import Database
from checkpoint_agent.page.sheets import read_by, unread
from schemas.policy.in_force import held_as
from tests.builders import NOON, a_policy

OLD = a_policy(version=1, effective_at=NOON - timedelta(days=30))
NOW = a_policy(version=2, effective_at=NOON - timedelta(hours=12))
SOON = a_policy(version=3, effective_at=NOON + timedelta(hours=12), look_back=timedelta(days=21))
PILOT = a_policy(policy_id="pilot", areas=("co-chien",), effective_at=NOON - timedelta(hours=1))


def a_station(home, *policies, at=NOON, post="rach-mieu"):
    return SimpleNamespace(
        database=Database(home),
        listening=SimpleNamespace(held=SimpleNamespace(rules=Rules(policies))),
        identity=SimpleNamespace(post_id=post),
        clock=SimpleNamespace(now=lambda: at),
    )


def versions(station):
    return [(sheet.policy_id, sheet.version) for sheet in unread(station)]


ID = OLD.policy_id


def test_the_bundle_in_force_and_those_to_come_are_shown_and_not_former_ones(tmp_path):
    station = a_station(tmp_path, SOON, OLD, NOW)
    assert versions(station) == [(ID, 2), (ID, 3)]
    assert [line.en for line in unread(station)[1].lines] == ["changed: look-back"]


def test_a_pilot_is_shown_where_it_is_in_force(tmp_path):
    assert versions(a_station(tmp_path / "one", NOW, PILOT)) == [(ID, 2)]
    assert versions(a_station(tmp_path / "other", NOW, PILOT, post="co-chien")) == [("pilot", 1)]


def test_what_the_shift_has_read_is_not_shown_again_after_a_restart(tmp_path):
    station = a_station(tmp_path, NOW, SOON)
    read_by(station.database, ID, 2, by="an", at=NOON)
    assert versions(station) == [(ID, 3)]
    station.database.close()
    assert versions(a_station(tmp_path, NOW, SOON)) == [(ID, 3)]


def test_who_read_it_first_is_kept(tmp_path):
    station = a_station(tmp_path, NOW)
    for officer in ("an", "binh"):
        read_by(station.database, ID, 2, by=officer, at=NOON)
    with station.database.reading() as db:
        (row,) = db.execute("SELECT value FROM facts WHERE name LIKE 'sheet:%'").fetchall()
    assert '"by": "an"' in row["value"]


def test_without_a_policy_there_is_no_sheet(tmp_path):
    assert unread(a_station(tmp_path)) == []


def test_a_policy_is_named_in_the_heartbeat_by_a_name_that_any_id_fits():
    assert held_as("ben-tre") != held_as("bến tre / 2")
    assert len(held_as("x" * 100)) == 23
