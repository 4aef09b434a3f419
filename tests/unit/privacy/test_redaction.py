from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.errors import PrivacyError
from recsys.privacy.folding import fold
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.redaction import Redactor, count_tags, redact_column
from recsys.privacy.spans import TAG


def redactor_for(texts: list[str], given_names: Sequence[str] = (), **identities: list[str]) -> Redactor:
    beginnings = Beginnings()
    beginnings.add(texts)
    known = KnownIdentities(beginnings)
    for column, values in identities.items():
        known.add(column, values)
    known.close()
    bearers = GivenNames()
    bearers.add(given_names)
    redactor = Redactor(known, bearers)
    redactor.survey(texts)
    redactor.analyse(workers=1)
    return redactor


def redact(*texts: str, given_names: Sequence[str] = (), **identities: list[str]) -> list[str]:
    return redactor_for(list(texts), given_names, **identities).redact(texts)


def test_known_and_unknown_persons_and_numbers_become_tags() -> None:
    text = "Transfer from Xaver Qwertz to Robert Johnson, card 5555 5555 5555 4444, a.b@example.org"
    assert redact(text, full_name=["Xaver Qwertz"]) == [
        "Transfer from <PERSON> to <PERSON>, card <CREDIT_CARD>, <EMAIL_ADDRESS>"
    ]


def test_one_word_in_capitals_is_a_booking_text_and_no_person() -> None:
    assert redact("SALARY", "ZARA", "Robert called") == ["SALARY", "ZARA", "<PERSON> called"]


OCCUPATIONS = (
    "nurse", "teacher", "engineer", "clerk", "driver", "electrician", "manager", "cook", "developer", "physician",
    "salesperson", "mechanic", "accountant", "designer", "farmer", "carpenter", "baker", "Nurse", "Physician",
    "Software Engineer", "managerial or professional", "technical, sales or services", "not working",
)  # fmt: skip


def test_occupations_stay_what_they_are_beside_customers_who_are_called_so() -> None:
    customers = ["Mary Carpenter", "Peter Baker", "Anna Cook"]
    assert redact(*OCCUPATIONS, given_names=customers, full_name=customers) == list(OCCUPATIONS)


def test_person_who_is_named_in_an_occupation_is_redacted() -> None:
    assert redact("assistant of Robert Johnson", "Mary Carpenter", full_name=["Mary Carpenter"]) == [
        "assistant of <PERSON>",
        "<PERSON>",
    ]


def test_namesakes_of_customers_are_persons() -> None:
    texts = ["SEPA CREDIT XAVERL QUONST thank you", "Lunch with Quonst, Xaverl"]
    assert redact(*texts, given_names=["Xaverl Huber", "Xaverl Maier"]) == [
        "SEPA CREDIT <PERSON> thank you",
        "Lunch with <PERSON>",
    ]


@pytest.mark.parametrize("text", ["", "SALARY", "Card payment groceries", "12.50", "?!", "\n"])
def test_text_without_persons_stays_as_it_is(text: str) -> None:
    assert redact(text) == [text]


def test_texts_that_differ_in_digits_are_read_once() -> None:
    texts = [f"Invoice {number} of Robert Johnson" for number in range(100, 200)]
    redactor = redactor_for(texts)
    assert redactor.n_shapes == 1
    assert redactor.redact(texts) == [f"Invoice {number} of <PERSON>" for number in range(100, 200)]


def test_text_that_nobody_analysed_does_not_pass() -> None:
    redactor = redactor_for(["SALARY"])
    with pytest.raises(PrivacyError):
        redactor.redact(["Something else"])


def test_workers_find_what_one_process_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Dinner with Robert Johnson", "SALARY", "Gift for Mary Brown", "Rent to William Smith and Emma Jones"]
    alone = redactor_for(texts)
    monkeypatch.setattr("recsys.privacy.redaction._CHUNK", 2)
    together = Redactor(KnownIdentities(Beginnings()), GivenNames())
    together.survey(texts)
    progress: list[tuple[int, int | None]] = []
    together.analyse(2, lambda done, total, what: progress.append((done, total)))
    assert together.redact(texts) == alone.redact(texts)
    assert progress == [(2, 4), (4, 4)]


def test_column_keeps_order_and_nulls_and_counts_its_tags() -> None:
    texts = pa.array(["Ann Lee", None, "nothing", "Ann Lee and Ann Lee"])
    redacted = redact_column(texts, redactor_for(["Ann Lee", "nothing", "Ann Lee and Ann Lee"], full_name=["Ann Lee"]))
    assert redacted.to_pylist() == ["<PERSON>", None, "nothing", "<PERSON> and <PERSON>"]
    assert count_tags(redacted) == {"PERSON": 3}


WORDS = st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x24F), min_size=2, max_size=9)
NAMES = st.lists(WORDS, min_size=2, max_size=3).map(" ".join).filter(lambda name: len(fold(name)) >= 5)
GAPS = st.sampled_from([" ", "  ", ", ", " - "])


@st.composite
def spelled(draw: st.DrawFn, value: str) -> str:
    """`value` as somebody else might write it."""
    words = value.split()
    text = draw(GAPS).join(words)
    # str.upper and str.lower are not always undone by one another, and a reader would not do it to every letter.
    changed = draw(st.sampled_from([str, str.upper, str.lower]))(text)
    return changed if fold(changed) == fold(text) else text


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_value_of_a_customer_is_left_in_any_text(data: st.DataObject) -> None:
    names = data.draw(st.lists(NAMES, min_size=1, max_size=4))
    texts = [
        f"{data.draw(st.sampled_from(['', 'to ', 'INVOICE 12 ']))}{data.draw(spelled(name))}"
        f"{data.draw(st.sampled_from(['', ' rent', '.', '; thanks']))}"
        for name in names
    ]
    for redacted in redact(*texts, full_name=names):
        rest = f" {TAG.sub(' | ', redacted)} "
        assert not any(f" {name} " in rest for name in names)
        assert "<PERSON>" in redacted


@pytest.mark.parametrize(
    "wrong",
    [
        "DE89370400440532013001",
        "DE89 3704 0044 0523 0130 00",
        "DE8937040044053201300",
        "anna.lea@example.com",
        "ann.lee@exmaple.com",
        "ann.lee@examplecom",
        "+49 30 1234576",
        "0301234568",
    ],
)
def test_addresses_and_numbers_of_a_customer_with_one_character_wrong_are_masked(wrong: str) -> None:
    known = {"iban": ["DE89370400440532013000"], "email": ["ann.lee@example.com"], "phone": ["+49 30 1234567"]}
    (text,) = redact(f"Send it to {wrong} please", **known)
    assert wrong not in text
    assert text.startswith("Send it to ")
    assert text.endswith("> please")
