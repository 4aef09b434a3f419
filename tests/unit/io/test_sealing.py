from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from recsys.errors import SettingsError
from recsys.io.identity import PURPOSE, sealed_contacts
from recsys.io.sealing import seal, seal_all, unseal

KEY = bytes(range(32))


def test_many_contents_are_sealed_as_one_is() -> None:
    contents = [b"", b"a", b"a", bytes(1000)]
    sealed = list(seal_all(contents, KEY, "contact"))
    assert [unseal(one, KEY, "contact") for one in sealed] == contents
    assert len({one[:12] for one in sealed}) == len(contents)
    assert [len(one) for one in sealed] == [len(seal(content, KEY, "contact")) for content in contents]


def test_what_was_sealed_opens_for_its_purpose_only() -> None:
    (sealed,) = seal_all([b"a"], KEY, "contact")
    with pytest.raises(SettingsError):
        unseal(sealed, KEY, "landing")


def test_contacts_are_sealed_without_what_is_missing() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "customer_id": ["C1", "C2"],
            "full_name": ['Ann O"Hara\\', None],
            "birth_date": pa.array([date(1980, 2, 29), None], pa.date32()),
        }
    )
    sealed = sealed_contacts(batch, ("full_name", "birth_date"), KEY).to_pylist()
    assert [unseal(bytes.fromhex(one[2:]), KEY, PURPOSE) for one in sealed] == [
        b'{"full_name": "Ann O\\"Hara\\\\", "birth_date": "1980-02-29"}',
        b"{}",
    ]
