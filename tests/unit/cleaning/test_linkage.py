"""Who is one person and who is not, from the least that tells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.cleaning.linked_customers import customer_row, pairs_of, persons_of, resolved

from recsys.cleaning.linkage import Decisions, LinkageOptions
from recsys.cleaning.resolution import CustomerRows

# None of the exact rules sees these: neither the national id nor the e-mail address is the same.
NEW_CHANNELS = {"national_id": None, "email": None, "iban": None}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"full_name": "Adelhied Wiesengrund"}, id="a typing error in the given name"),
        pytest.param({"full_name": "Adelheid Wisengrund"}, id="a typing error in the family name"),
        pytest.param({"full_name": "WIESENGRUND, Adelheid"}, id="family name first"),
        pytest.param({"full_name": "Wiesengrund Adelheid"}, id="names swapped"),
        pytest.param({"full_name": "A. Wiesengrund"}, id="only an initial"),
        pytest.param({"full_name": "Dr. Adelheid Wiesengrund"}, id="a title"),
        pytest.param({"full_name": "Adelheid Wiesengrund-Müller"}, id="a double name"),
        pytest.param({"full_name": "Adelheid Kowalski"}, id="a new family name"),
        pytest.param({"birth_date": date(1980, 4, 3)}, id="day and month swapped"),
        pytest.param({"birth_date": date(1980, 3, 5)}, id="one digit of the birth date"),
        pytest.param({"street": "Am Ring 99", "postcode": "80331", "city": "München"}, id="moved, telephone kept"),
        pytest.param({"phone": "0049 30 7654321"}, id="a new telephone"),
        pytest.param({"phone": "030/1234567", "street": "Lindenstr. 5"}, id="other spellings"),
    ],
)
def test_one_person_is_found_again(changes: dict[str, object]) -> None:
    found = resolved(customer_row("a"), customer_row("b", **NEW_CHANNELS, **changes))
    assert persons_of(found) == {"a": "a", "b": "a"}
    assert found.persons.rules.to_pylist() == ["self", "probable"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param(
            {"full_name": "Brunhilde Wiesengrund", "national_id": "26954371827", "email": None},
            "different national ids",
            id="twins",
        ),
        pytest.param(
            {"full_name": "Brunhilde Wiesengrund", "national_id": None, "email": None},
            "different given names",
            id="twins without a national id",
        ),
        pytest.param(
            {"full_name": "Brunhilde Wiesengrund", "national_id": None},
            "different given names",
            id="twins with their parents' e-mail address",
        ),
        pytest.param(
            {"birth_date": date(1950, 3, 4), "national_id": None, "email": None},
            "different birth dates",
            id="mother and daughter of one name",
        ),
        pytest.param(
            {"full_name": "Karl Wiesengrund", "birth_date": date(1979, 11, 30), "national_id": None},
            "different given names",
            id="spouses who share account, telephone and e-mail address",
        ),
        pytest.param({"national_id": "26954371827"}, "different national ids", id="two valid ids"),
    ],
)
def test_relatives_are_not_joined_but_shown(changes: dict[str, object], reason: str) -> None:
    found = resolved(customer_row("a"), customer_row("b", **changes))
    assert persons_of(found) == {"a": "a", "b": "b"}
    assert pairs_of(found) == {("a", "b"): ("review", reason)}


def test_a_namesake_who_shares_nothing_else_is_nobody_to_look_at() -> None:
    stranger = {"birth_date": date(1961, 7, 9), "street": "Am Ring 99", "postcode": "80331", "city": "München"}
    found = resolved(customer_row("a"), customer_row("b", **NEW_CHANNELS, **stranger, phone="089 99887766"))
    assert persons_of(found) == {"a": "a", "b": "b"}
    assert pairs_of(found) == {}


def test_twins_do_not_become_one_over_a_row_that_has_only_their_initial() -> None:
    found = resolved(
        customer_row("a", full_name="Adelheid Wiesengrund"),
        customer_row("b", full_name="Agathe Wiesengrund", national_id="26954371827", email=None),
        customer_row("c", full_name="A. Wiesengrund", national_id=None),
    )
    persons = persons_of(found)
    assert persons["a"] != persons["b"]
    assert persons["c"] == "a"  # by the e-mail address
    assert pairs_of(found)["b", "c"] == ("review", "brings together customers who are apart")


def test_a_pair_that_people_split_stays_apart_whatever_agrees() -> None:
    found = resolved(customer_row("a"), customer_row("b"), decisions=Decisions(split=[(0, 1)]))
    assert persons_of(found) == {"a": "a", "b": "b"}
    assert pairs_of(found) == {("a", "b"): ("split", "decided by people")}


def test_a_pair_that_people_joined_is_one_person_whatever_differs() -> None:
    other = {"full_name": "Brunhilde Wiesengrund", "national_id": "26954371827"}
    found = resolved(customer_row("a"), customer_row("b", **other), decisions=Decisions(joined=[(1, 0)]))
    assert persons_of(found) == {"a": "a", "b": "a"}
    assert found.persons.rules.to_pylist() == ["self", "decision"]


def test_what_people_split_also_holds_over_a_third_customer() -> None:
    same = [customer_row(name) for name in "abc"]
    found = resolved(*same, decisions=Decisions(split=[(0, 2)]))
    persons = persons_of(found)
    assert persons["a"] != persons["c"]
    assert persons["b"] in (persons["a"], persons["c"])


def test_the_same_customers_are_the_same_persons_in_any_order_and_in_every_run() -> None:
    rows = [
        customer_row(f"c{number}", full_name=name, birth_date=date(1980, 3, 4 + number // 3), **NEW_CHANNELS)
        for number, name in enumerate(["Adelheid Wiesengrund", "A. Wiesengrund", "Adelhied Wisengrund"] * 4)
    ]
    first = resolved(*rows)
    assert first.persons.n_persons < len(rows)
    for seed in range(3):
        again = resolved(*(rows[place] for place in np.random.default_rng(seed).permutation(len(rows))))
        assert again.persons.representative.tolist() == first.persons.representative.tolist()
        assert again.matches.equals(first.matches)


def test_a_number_that_a_crowd_shares_says_nothing() -> None:
    rows = [
        customer_row(
            f"c{number:02d}",
            full_name=f"{chr(65 + number)}dela {chr(75 - number % 10)}ohn",
            birth_date=date(1950 + number, 1, 1),
            email=None,
            national_id=None,
            street=f"Gasse {number}",
            postcode=f"{10000 + number}",
        )
        for number in range(22)
    ]
    assert resolved(*rows).matches.num_rows == 0


def test_no_customers_are_no_persons() -> None:
    found = CustomerRows().resolve(LinkageOptions())
    assert found.persons.n_persons == 0
    assert found.matches.num_rows == 0


def test_customers_without_anything_but_an_id_are_persons_of_their_own() -> None:
    nothing: dict[str, object] = dict.fromkeys(customer_row("a"), None)
    found = resolved({**nothing, "customer_id": "a"}, {**nothing, "customer_id": "b"})
    assert persons_of(found) == {"a": "a", "b": "b"}
    assert found.matches.schema.field("left").type == pa.int64()
