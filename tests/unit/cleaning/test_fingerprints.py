from __future__ import annotations

import pytest

from recsys.cleaning.fingerprints import fingerprint, ngram_fingerprint, what_must_agree, words


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # The examples of OpenRefine's documentation.
        ("Cruise, Tom", "cruise tom"),
        ("Tom Cruise", "cruise tom"),
        ("gödel", "godel"),
        ("  New\tYork  ", "new york"),
        ("A.C.M.E. Inc.", "acme inc"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("new New york", "new york"),
        ("Αθήνα", "αθηνα"),
        ("Прага", "прага"),
        ("---", ""),
    ],
)
def test_fingerprint_is_the_one_of_openrefine(text: str, key: str) -> None:
    assert fingerprint(text) == key


def test_ngram_fingerprint_is_the_one_of_openrefine() -> None:
    assert ngram_fingerprint("Paris") == "arispari"
    assert ngram_fingerprint("Paris", 1) == "aiprs"
    assert ngram_fingerprint("Krzysztof", 1) == ngram_fingerprint("Kryzysztof", 1) == ngram_fingerprint("Krzystof", 1)


def test_words_keep_their_order() -> None:
    assert words("Praha - Východ") == ("praha", "vychod")


@pytest.mark.parametrize(("one", "other"), [("Unit 4", "Unit 5"), ("1.5 %", "15 %"), ("C++", "C#"), ("<50", ">50")])
def test_numbers_and_telling_symbols_must_agree(one: str, other: str) -> None:
    assert what_must_agree(one) != what_must_agree(other)
