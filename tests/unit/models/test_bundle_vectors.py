from __future__ import annotations

from pathlib import Path

import numpy as np

from recsys.models.bundle import ARRAYS_FILE, erase_vectors
from recsys.models.factors import Identities

KEYS = np.array([f"00000000-0000-0000-0000-{number:012d}" for number in range(4)], dtype="S36")
VECTORS = np.arange(8, dtype=np.float32).reshape(4, 2)


def write_arrays(folder: Path) -> None:
    np.savez(folder / ARRAYS_FILE, allow_pickle=False, identity_keys=KEYS, identity_vectors=VECTORS, other=VECTORS)


def test_vectors_of_a_person_go_and_everything_else_stays(tmp_path: Path) -> None:
    write_arrays(tmp_path)
    assert erase_vectors(tmp_path, [KEYS[1].decode(), "nobody"]) == 1
    with np.load(tmp_path / ARRAYS_FILE, allow_pickle=False) as arrays:
        left = Identities(arrays["identity_keys"], arrays["identity_vectors"])
        assert (arrays["other"] == VECTORS).all()
    assert left.keys.tolist() == KEYS[[0, 2, 3]].tolist()
    assert (left.vectors_of(KEYS) == VECTORS * np.array([[1], [0], [1], [1]])).all()
    assert KEYS[1] not in (tmp_path / ARRAYS_FILE).read_bytes()
    assert list(tmp_path.iterdir()) == [tmp_path / ARRAYS_FILE]


def test_erasing_twice_changes_nothing(tmp_path: Path) -> None:
    write_arrays(tmp_path)
    erase_vectors(tmp_path, [KEYS[1].decode()])
    before = (tmp_path / ARRAYS_FILE).read_bytes()
    assert erase_vectors(tmp_path, [KEYS[1].decode()]) == 0
    assert (tmp_path / ARRAYS_FILE).read_bytes() == before


def test_a_model_without_identities_is_left_as_it_is(tmp_path: Path) -> None:
    np.savez(tmp_path / ARRAYS_FILE, allow_pickle=False, popularity=VECTORS)
    assert erase_vectors(tmp_path, [KEYS[1].decode()]) == 0
