from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recsys.errors import SettingsError
from recsys.io.secrets import ROTATING_KEYS, create_secrets, read_secrets, secrets_path, write_secrets


def written(home: Path, **values: str) -> None:
    write_secrets(home, json.loads(secrets_path(home).read_text()) | values)


def test_secrets_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    first = create_secrets(tmp_path)
    assert create_secrets(tmp_path) == first
    assert secrets_path(tmp_path).stat().st_mode & 0o777 == 0o600


def test_version_in_force_seals_and_all_up_to_it_hash(tmp_path: Path) -> None:
    first = create_secrets(tmp_path)
    written(tmp_path, contact_key_v2="22" * 32, contact_key_v3="33" * 32)
    secrets = replace(read_secrets(tmp_path), in_force=lambda: {"contact_key": 2})
    key = secrets.version("contact_key", 2)
    assert secrets.key("contact_key") == key == bytes([0x22] * 32)
    assert key.links == (bytes.fromhex(first.values["contact_key_link"]), bytes([0x22] * 32))
    assert secrets.versions("contact_key") == [1, 2, 3]
    assert secrets.versions("pseudonym_key") == [1]


def test_first_version_of_earlier_installations_seals_and_hashes_with_the_same_key(tmp_path: Path) -> None:
    write_secrets(tmp_path, {"contact_key": "11" * 32})
    secrets = create_secrets(tmp_path)
    assert secrets.version("contact_key", 1).links == (bytes([0x11] * 32),)
    assert not secrets.has_link("contact_key", 1)
    assert secrets.has_link("quarantine_key", 1)


def test_retired_version_is_not_made_again(tmp_path: Path) -> None:
    values = dict(create_secrets(tmp_path).values) | {"contact_key_v2": "22" * 32}
    del values["contact_key"]
    write_secrets(tmp_path, values)
    assert create_secrets(tmp_path).values == values


def test_version_that_is_in_force_and_unknown_is_asked_for_by_its_name(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    secrets = replace(read_secrets(tmp_path), in_force=lambda: dict.fromkeys(ROTATING_KEYS, 2))
    with pytest.raises(SettingsError, match="secret quarantine_key_v2 is missing") as raised:
        secrets.key("quarantine_key")
    assert "RECSYS_SECRET_QUARANTINE_KEY_V2" in str(raised.value.remedy)


def test_environment_wins_and_may_hold_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_secrets(tmp_path)
    monkeypatch.setenv("RECSYS_SECRET_PSEUDONYM_KEY", "44" * 32)
    monkeypatch.setenv("RECSYS_SECRET_PSEUDONYM_KEY_V2", "55" * 32)
    monkeypatch.setenv("RECSYS_SECRET_LANDING_KEY_V2", "66" * 32)
    secrets = read_secrets(tmp_path)
    assert secrets.version("pseudonym_key", 2).links == (bytes([0x44] * 32), bytes([0x55] * 32))
    assert "landing_key_v2" not in secrets.values
