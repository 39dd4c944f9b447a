"""Officers by PIN, devices by key, few tries; and every word of the page in both languages."""

import re
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from checkpoint_agent.crossing.states import NotNow
from checkpoint_agent.decoding import HintReason
from checkpoint_agent.outbox import Database, DiskFull, FileBroken, OutboxTrouble
from checkpoint_agent.page import actions
from checkpoint_agent.page.catalogue import NotInCatalogue, catalogue, words
from checkpoint_agent.page.officers import (
    TRIES,
    LoginRefused,
    NameNotAllowed,
    Officers,
    add_device,
    add_officer,
)
from checkpoint_agent.settings import SettingMissing, settings_from
from schemas.passes.kinds import Confidence, PassKind, ReadingStatus, Step
from schemas.words import CargoSpace, Direction, OccupantRole, Purpose, VehicleClass
from tests.builders import NOON

PAGE = Path(actions.__file__).parent


@pytest.fixture
def officers(tmp_path):
    database = Database(tmp_path)
    yield Officers(database)
    database.close()


def test_the_right_pin_lets_in_and_the_pin_is_on_no_disk(tmp_path, officers):
    pin = add_officer(tmp_path, "minh", "police")
    assert officers.logged_in("minh", pin, at=NOON).force == "police"
    for path in tmp_path.iterdir():
        assert pin.encode() not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.suffix != ".sqlite3"


def test_after_a_few_wrong_pins_even_the_right_one_waits(tmp_path, officers):
    pin = add_officer(tmp_path, "minh", "police")
    for _ in range(TRIES):
        with pytest.raises(LoginRefused) as refused:
            officers.logged_in("minh", "wrong", at=NOON)
    assert refused.value.wait_until == NOON + timedelta(seconds=30)
    with pytest.raises(LoginRefused):
        officers.logged_in("minh", pin, at=NOON + timedelta(seconds=29))
    assert officers.logged_in("minh", pin, at=NOON + timedelta(seconds=30)).officer_id == "minh"


def test_an_unknown_officer_is_refused(officers):
    with pytest.raises(LoginRefused):
        officers.logged_in("nobody", "123456", at=NOON)


def test_a_new_pin_takes_the_place_of_the_old(tmp_path, officers):
    old = add_officer(tmp_path, "minh", "police")
    new = add_officer(tmp_path, "minh", "health")
    assert officers.logged_in("minh", new, at=NOON).force == "health"
    if old != new:
        with pytest.raises(LoginRefused):
            officers.logged_in("minh", old, at=NOON)


def test_a_device_key_opens_and_another_does_not(tmp_path, officers):
    key = add_device(tmp_path, "checks")
    assert officers.is_device(key)
    assert not officers.is_device(key + "x")
    assert not officers.is_device("")


def test_a_name_that_no_screen_could_show_is_refused(tmp_path):
    with pytest.raises(NameNotAllowed):
        add_officer(tmp_path, "\x00", "police")


@pytest.mark.parametrize(
    "missing",
    ["CHOTXANH_STATION_HOME", "CHOTXANH_STATION_KEYS", "CHOTXANH_KAFKA_BOOTSTRAP", "CHOTXANH_STATION_PORT"],
)
def test_a_missing_setting_stops_the_start_with_its_name(missing):
    whole = {
        "CHOTXANH_STATION_HOME": "h",
        "CHOTXANH_STATION_KEYS": "k",
        "CHOTXANH_KAFKA_BOOTSTRAP": "b",
        "CHOTXANH_STATION_PORT": "1",
    }
    with pytest.raises(SettingMissing, match=missing):
        settings_from({name: value for name, value in whole.items() if name != missing})


def visible_strings():
    """Every string that templates and code hand to the catalogue."""
    found = set()
    for path in [*PAGE.glob("templates/*.html"), *PAGE.glob("*.py")]:
        text = path.read_text()
        found |= set(re.findall(r"""\b(?:both|plain|words)\((?:"([^"]+)"|'([^']+)')\)""", text))
    return {one or other for one, other in found}


def test_every_visible_string_is_in_the_catalogue():
    strings = visible_strings()
    assert len(strings) > 60
    for english in strings:
        assert words(english).vi


def test_no_template_shows_a_bare_word():
    for path in PAGE.glob("templates/*.html"):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(), flags=re.S)
        text = re.sub(r"<(style|script|code|kbd)[^>]*>.*?</\1>", "", text, flags=re.S)
        shown = re.sub(r"<[^>]*>", " ", text)
        assert re.findall(r"[A-Za-zÀ-ỹ]{2,}", shown) == [], path.name


@pytest.mark.parametrize(
    "values",
    [
        VehicleClass,
        CargoSpace,
        Direction,
        Purpose,
        OccupantRole,
        PassKind,
        ReadingStatus,
        Confidence,
        Step,
        HintReason,
    ],
)
def test_every_word_of_a_closed_set_is_in_the_catalogue(values):
    for value in values:
        assert words(value.value).vi


def test_every_refusal_has_its_sentence():
    for refusal in (
        *actions.REFUSALS,
        actions.FieldWrong,
        actions.BySheets,
        NotNow,
        DiskFull,
        FileBroken,
        OutboxTrouble,
    ):
        said = words(refusal.code)
        assert said.vi != said.en != refusal.code


def test_what_is_not_in_the_catalogue_is_loud():
    with pytest.raises(NotInCatalogue):
        words("nobody translated this")


def test_the_catalogue_has_no_word_twice_in_english_alone():
    assert set(catalogue("en")) <= set(catalogue("vi"))
