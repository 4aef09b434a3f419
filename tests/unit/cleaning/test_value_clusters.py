"""What a person would merge at a glance, and the near misses that nobody would."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.cleaning.neighbours import Spelling
from recsys.cleaning.value_clusters import MIN_CUSTOMERS, MIN_RATIO, Decisions, Method, Proposal, propose_clusters
from recsys.feed.demo.variants import near_misses, variants_of

FINGERPRINT, NGRAM, NEAREST = Method
POPULAR, RARE = 500, 3


def proposals_of(
    popular: tuple[str, ...], rare: tuple[str, ...], decisions: Decisions | None = None
) -> dict[str, Proposal]:
    spellings = [Spelling(text, POPULAR, POPULAR) for text in popular] + [Spelling(text, RARE, RARE) for text in rare]
    return {proposal.value: proposal for proposal in propose_clusters(spellings, decisions)}


@pytest.mark.parametrize(
    ("value", "canonical", "method"),
    [
        ("NURSE", "nurse", FINGERPRINT),
        (" nurse ", "nurse", FINGERPRINT),
        ("cook.", "cook", FINGERPRINT),
        ("Učitel", "ucitel", FINGERPRINT),
        ("Markt Rewe", "REWE MARKT", FINGERPRINT),
        ("REWE  MARKT", "REWE MARKT", FINGERPRINT),
        ("sales person", "salesperson", NGRAM),
        ("Frydek-Mistek", "Frydek - Mistek", NGRAM),
        ("BURGERHOUSE", "BURGER HOUSE", NGRAM),
        ("enginer", "engineer", NEAREST),
        ("enigneer", "engineer", NEAREST),
        ("Electrycian", "electrician", NEAREST),
        ("STADTWREKE", "STADTWERKE", NEAREST),
        ("PHARMCAY PLUS", "PHARMACY PLUS", NEAREST),
        ("GRADEN WORLD", "GARDEN WORLD", NEAREST),
        ("Jindrichuv Hradce", "Jindrichuv Hradec", NEAREST),
        ("telecomunication enginer", "telecommunication engineer", NEAREST),
    ],
)
def test_spelling_is_proposed_to_become_the_popular_one(value: str, canonical: str, method: Method) -> None:
    found = proposals_of((canonical,), (value,))[value]
    assert (found.canonical, found.method) == (canonical, method)


@pytest.mark.parametrize(
    ("popular", "rare"),
    [
        ("cook", "book"),
        ("clerk", "clerc"),
        ("ZARA", "ZERA"),
        ("banker", "baker"),
        ("farmer", "former"),
        ("farmer", "framer"),
        ("married", "unmarried"),
        ("employed", "unemployed"),
        ("smoker", "non smoker"),
        ("notable", "not able"),
        ("trainer", "trainee"),
        ("employer", "employee"),
        ("astronomy", "astrology"),
        ("physician", "physicist"),
        ("UNIVERSITY FEES", "UNIVERISTY FESS"),
        ("Praha - vychod", "Praha - zapad"),
        ("Plzen - jih", "Plzen - sever"),
        ("Baden Baden", "Baden"),
        ("Unit 4", "Unit 5"),
        ("loan_12", "loan_24"),
        ("developer (C++)", "developer (C#)"),
        ("engineer II", "engineer III"),
        ("PRIJEM", "VYDAJ"),
        ("manager", "manager of the biggest shop"),
        ("PERSON", "<PERSON>"),
        ("Rent <PERSON>", "Rent, <PERSON>"),
    ],
)
def test_near_miss_is_left_alone(popular: str, rare: str) -> None:
    assert proposals_of((popular,), (rare,)) == {}


def test_two_popular_values_are_two_values() -> None:
    assert proposals_of(("engineer", "enginear"), ()) == {}
    almost = [Spelling("engineer", RARE * MIN_RATIO - 1, 20), Spelling("enginear", RARE, RARE)]
    assert propose_clusters(almost) == []


def test_a_value_between_two_popular_ones_is_left_alone() -> None:
    assert proposals_of(("transporter", "transported"), ("transporte",)) == {}


def test_what_only_few_customers_share_is_no_canonical_form() -> None:
    few = MIN_CUSTOMERS - 1
    assert propose_clusters([Spelling("mayor of Ham", 900, few), Spelling("Mayor of Ham", 1, 1)]) == []


def test_a_misspelling_and_its_own_spellings_become_the_popular_value_at_once() -> None:
    found = proposals_of(("engineer",), ("enginer", "Enginer"))
    assert {(proposal.canonical, proposal.method) for proposal in found.values()} == {("engineer", NEAREST)}
    assert set(found) == {"enginer", "Enginer"}


def test_counts_and_similarity_are_those_of_the_two_spellings() -> None:
    assert proposals_of(("engineer",), ("enginer",))["enginer"][3:] == (1 - 1 / 8, RARE, POPULAR)


def test_a_rejected_proposal_is_not_made_again_either_way_round() -> None:
    rejected = Decisions(rejected={"Enginer": "engineer"})
    assert proposals_of(("engineer",), ("Enginer",), rejected) == {}
    assert proposals_of(("Nurse",), ("nurse",), Decisions(rejected={"Nurse": "nurse"})) == {}


def test_a_canonical_form_of_accepted_values_becomes_nothing_else() -> None:
    accepted = Decisions(accepted={"NURSE": "nurse"})
    found = proposals_of(("Nurse", "NURSE"), ("nurse", "nurse."), accepted)
    assert found == {}
    shared = [Spelling("Nurse", 900, 900), Spelling("nurse", 90, 90), Spelling("nurse.", 1, 1)]
    assert {(one.value, one.canonical) for one in propose_clusters(shared, accepted)} == {
        ("Nurse", "nurse"),
        ("nurse.", "nurse"),
    }


texts = st.text(alphabet="abAB é-1", min_size=0, max_size=9) | st.sampled_from(
    ["engineer", "enginer", "Engineer", "engin eer", "electrician", "electrican", "ELECTRICIAN"]
)
spellings = st.dictionaries(texts, st.integers(1, 200), max_size=12)


@given(spellings, st.randoms(use_true_random=False))
def test_order_of_the_values_does_not_matter(counts: dict[str, int], random) -> None:
    rows = [Spelling(text, n, n) for text, n in counts.items()]
    expected = propose_clusters(rows)
    random.shuffle(rows)
    assert propose_clusters(rows) == expected


@given(spellings)
def test_a_canonical_form_is_there_is_shared_and_becomes_nothing_else(counts: dict[str, int]) -> None:
    proposals = propose_clusters(Spelling(text, n, n) for text, n in counts.items())
    values = [proposal.value for proposal in proposals]
    assert len(set(values)) == len(values)
    for proposal in proposals:
        assert proposal.canonical not in values
        assert counts[proposal.canonical] >= MIN_CUSTOMERS
        assert counts[proposal.canonical] >= counts[proposal.value]


@given(spellings)
def test_proposing_again_after_accepting_everything_proposes_nothing(counts: dict[str, int]) -> None:
    rows = [Spelling(text, n, n) for text, n in counts.items()]
    accepted = {proposal.value: proposal.canonical for proposal in propose_clusters(rows)}
    assert propose_clusters(rows, Decisions(accepted=accepted)) == []


@pytest.mark.parametrize(("n_customers", "is_proposed"), [(20, True), (19, False)])
def test_canonical_form_belongs_to_as_many_customers_as_are_asked_for(n_customers: int, is_proposed: bool) -> None:
    """Whether it is met by its words, its letters or its neighbourhood, and however many rows they have."""
    rows = [Spelling("Saint Germain", 900, n_customers)]
    rows += [Spelling(text, 1, 1) for text in ("Germain Saint", "Saintgermain", "Saint Germani")]
    found = {proposal.method for proposal in propose_clusters(rows, min_customers=20)}
    assert found == (set(Method) if is_proposed else set())


# Too short a word for any method but the fingerprint.
TOO_SHORT = {"occupation": {"nurses"}, "merchant": set(), "city": {"Koeln", "Pariss"}}


@pytest.mark.parametrize("column", ["occupation", "merchant", "city"])
def test_spellings_of_the_demo_bank_are_found_and_its_near_misses_are_not(column: str) -> None:
    variants = variants_of(column)
    truth = {written: name for name, spellings in variants.items() for written in spellings if written != name}
    found = proposals_of(tuple(variants), (*truth, *near_misses(column)))
    assert {value: proposal.canonical for value, proposal in found.items()} == {
        written: name for written, name in truth.items() if written not in TOO_SHORT[column]
    }


@pytest.fixture(scope="module")
def berka() -> Path:
    folder = Path(os.environ.get("RECSYS_PUBLIC_DATA", "")) / "berka"
    if "RECSYS_PUBLIC_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("RECSYS_PUBLIC_DATA names no folder with Berka's files")
    return folder


def column(path: Path, name: str) -> Counter[str]:
    with path.open(encoding="latin-1", newline="") as lines:
        return Counter(row[name] for row in csv.DictReader(lines, delimiter=";"))


def test_berkas_districts_and_codes_are_values_of_their_own(berka: Path) -> None:
    """77 districts, some of which differ only by north, south, east or west, and codes of a few letters."""
    columns = {
        "A2": column(berka / "district.asc", "A2"),
        "A3": column(berka / "district.asc", "A3"),
        **{name: column(berka / "trans.asc", name) for name in ("type", "operation", "k_symbol", "bank")},
    }
    assert len(columns["A2"]) == 77
    for counts in columns.values():
        popular = [Spelling(text, n + 100, 100) for text, n in counts.items()]
        assert propose_clusters(popular) == []


def test_misspelled_districts_of_berka_are_found_and_no_other_is_touched(berka: Path) -> None:
    names = sorted(name for name in column(berka / "district.asc", "A2") if len(name.split()[0]) >= 7)
    planted = {name[:3] + name[4] + name[3] + name[5:]: name for name in names if name[3] != name[4]}
    assert len(planted) > 20
    found = proposals_of(tuple(names), tuple(planted))
    assert {value: one.canonical for value, one in found.items()} == planted
