from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pytest

from recsys.privacy.own_customer import OwnedTexts
from recsys.privacy.redaction import build_redactor, redact_column

CUSTOMERS = {"C1": "Anna Cook", "C2": "John Banks", "C3": "Eva Lindqvist"}


def redacted(rows: list[tuple[str | None, str | None]], customers: Mapping[str, str] = CUSTOMERS) -> list[str | None]:
    """Texts of rows (customer, text) of a bank with `customers`."""
    ids, texts = (pa.array(column, pa.string()) for column in zip(*rows, strict=True))
    redactor = build_redactor(
        lambda: [OwnedTexts(texts, ids)],
        [("full_name", list(customers.values()))],
        lambda: [(list(customers), list(customers.values()))],
        workers=1,
    )
    column: list[str | None] = redact_column(texts, redactor, ids).to_pylist()
    return column


@pytest.mark.parametrize(
    ("customer", "text", "expected"),
    [
        ("C1", "refund a cook", "refund <PERSON>"),
        ("C2", "refund a cook", "refund a cook"),
        (None, "refund a cook", "refund a cook"),
        ("C1", "cook a refund", "<PERSON> refund"),
        ("C2", "jhon banks refund", "<PERSON> refund"),
        ("C1", "jhon banks refund", "jhon banks refund"),
        ("C2", "refund john b", "refund <PERSON>"),
        ("C3", "rent eva lindquist", "rent <PERSON>"),
    ],
)
def test_what_may_be_a_name_is_one_in_the_row_of_the_customer_whom_it_fits(
    customer: str | None, text: str, expected: str
) -> None:
    assert redacted([(customer, text)]) == [expected]


def test_one_text_is_one_customer_s_name_and_nothing_in_another_s_row() -> None:
    rows = [("C1", "refund a cook"), ("C2", "refund a cook"), ("C1", None), ("C1", "SALARY"), ("C1", "refund a cook")]
    assert redacted(rows) == ["refund <PERSON>", "refund a cook", None, "SALARY", "refund <PERSON>"]


def test_name_that_stands_beside_a_doubtful_word_is_not_cut_in_two() -> None:
    (text,) = redacted([("C1", "Account holder Bernard Holden refund")], {"C1": "Bernard Holden"})
    assert text is not None
    assert "Holden" not in text
    assert "Bernard" not in text


def test_variants_of_two_names_of_one_customer_go_from_one_text() -> None:
    ids, texts = pa.array(["C1"]), pa.array(["refund a cook formerly a brewer"])
    names = ["Anna Cook", "Anna Brewer"]
    for order in (names, names[::-1]):
        redactor = build_redactor(
            lambda: [OwnedTexts(texts, ids)],
            [("full_name", names)],
            lambda order=order: [(["C1"], [name]) for name in order],
            workers=1,
        )
        assert redact_column(texts, redactor, ids).to_pylist() == ["refund <PERSON> formerly <PERSON>"]


def test_only_names_that_are_asked_for_are_kept() -> None:
    ids, texts = pa.array(["C1", "C2"]), pa.array(["refund a cook", "SALARY"])
    redactor = build_redactor(
        lambda: [OwnedTexts(texts, ids)],
        [("full_name", list(CUSTOMERS.values()))],
        lambda: [(list(CUSTOMERS), list(CUSTOMERS.values()))],
        workers=1,
    )
    assert list(redactor.own_customers.masked_texts()) == ["refund <PERSON>"]


def test_customers_are_not_read_again_where_nothing_is_doubtful() -> None:
    texts = pa.array(["SALARY", "Salary Anna Cook"])

    def names() -> list[tuple[list[str], list[str | None]]]:
        raise AssertionError("nobody's name is needed")

    redactor = build_redactor(
        lambda: [OwnedTexts(texts, pa.array(["C1", "C1"]))], [("full_name", ["Anna Cook"])], names, workers=1
    )
    assert redact_column(texts, redactor, pa.array(["C1", "C1"])).to_pylist() == ["SALARY", "Salary <PERSON>"]
