"""Settings of the services, and the keys that they read."""

from __future__ import annotations

import pytest

from services.keys import KeysMissing, read_keys
from services.settings import SettingMissing, settings_from

WHOLE = {
    "CHOTXANH_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "CHOTXANH_DATABASE_URL": "postgresql://",
    "CHOTXANH_KEYS": "keys",
    "CHOTXANH_FRONT_END": "front",
    "CHOTXANH_SERVICES_PORT": "8080",
}


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_missing_setting_stops_the_start_with_its_name(name):
    with pytest.raises(SettingMissing, match=name):
        settings_from({key: value for key, value in WHOLE.items() if key != name})


def test_pages_stay_on_this_machine_unless_there_is_tls():
    assert settings_from(WHOLE).host == "127.0.0.1"
    with pytest.raises(SettingMissing, match="TLS"):
        settings_from(WHOLE | {"CHOTXANH_SERVICES_HOST": "0.0.0.0"})
    tls = {"CHOTXANH_SERVICES_TLS_CERTIFICATE": "c.pem", "CHOTXANH_SERVICES_TLS_KEY": "k.pem"}
    assert settings_from(WHOLE | tls | {"CHOTXANH_SERVICES_HOST": "0.0.0.0"}).host == "0.0.0.0"


def test_a_key_file_that_is_wrong_is_named_and_not_repeated(tmp_path):
    with pytest.raises(KeysMissing, match=r"sealing\.json"):
        read_keys(tmp_path)
    (tmp_path / "centre").mkdir()
    (tmp_path / "centre" / "sealing.json").write_text('{"current": "k", "private": "c2VjcmV0"}')
    with pytest.raises(KeysMissing) as raised:
        read_keys(tmp_path)
    assert "c2VjcmV0" not in str(raised.value)
