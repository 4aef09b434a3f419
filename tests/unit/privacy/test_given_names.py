from __future__ import annotations

import pytest

from recsys.privacy.given_names import GivenNames
from recsys.privacy.spans import merge_spans, replace_spans

CUSTOMERS = [
    "Karl-Georg Huber", "Karl-Georg Maier", "Maier, José", "José Ruiz", "Dr. Eva Stein", "Eva Klein", "Vladimir Once",
    "Theres Huber", "Theres Maier", "Firma", "Firma",
]  # fmt: skip


def redact(text: str) -> str:
    names = GivenNames()
    names.add(CUSTOMERS)
    return replace_spans(text, merge_spans(names.find(text)))


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("SEPA credit KARL-GEORG WEIMER thank you", "SEPA credit <PERSON> thank you"),
        ("Gift for Weimer, Karl-Georg", "Gift for <PERSON>"),
        ("rent jose to JOSE  DE LA CRUZ", "rent jose to <PERSON>"),
        ("Eva von Hagen and José", "<PERSON> and <PERSON>"),
        ("Thanks Eva!", "Thanks <PERSON>!"),
        ("Eva's rent", "<PERSON> rent"),
        ("EVA lends", "<PERSON> lends"),
    ],
)
def test_given_name_and_the_family_name_beside_it_become_a_person(text: str, redacted: str) -> None:
    assert redact(text) == redacted


@pytest.mark.parametrize(
    "text",
    ["Vladimir Bruder", "eva", "There's a fee", "There’s a fee", "EVALUATION", "FIRMA", "Stein", "Dr. House", ""],
)
def test_other_words_stay(text: str) -> None:
    assert redact(text) == text
