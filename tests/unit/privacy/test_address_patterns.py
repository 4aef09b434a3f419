from __future__ import annotations

import pytest

from recsys.privacy.address_patterns import form_recognisers

HITS = [
    ("lives at 12 High Street now", "12 High Street", "STREET_ADDRESS"),
    ("221b Orchard Rd., Flat 4", "221b Orchard Rd., Flat 4", "STREET_ADDRESS"),
    ("Lindenstraße 7a", "Lindenstraße 7a", "STREET_ADDRESS"),
    ("Am Alten Markt: Berliner Str. 19", "Berliner Str. 19", "STREET_ADDRESS"),
    ("8 bis rue des Lilas", "8 bis rue des Lilas", "STREET_ADDRESS"),
    ("Calle Mayor, 14", "Calle Mayor, 14", "STREET_ADDRESS"),
    ("ul. Długa 5/12", "ul. Długa 5/12", "STREET_ADDRESS"),
    ("Kerkstraat 88", "Kerkstraat 88", "STREET_ADDRESS"),
    ("Suite 501", "Suite 501", "STREET_ADDRESS"),
    ("PSC 3102, Box 77", "PSC 3102, Box 77", "STREET_ADDRESS"),
    ("P.O. Box 99", "P.O. Box 99", "STREET_ADDRESS"),
    ("zip code is 53711", "53711", "STREET_ADDRESS"),
    ("LS1 4DY", "LS1 4DY", "STREET_ADDRESS"),
    ("Austin, TX 78701", "TX 78701", "STREET_ADDRESS"),
    ("Hauptstr. 1, 50667 Köln", "50667 Köln", "STREET_ADDRESS"),
    ("see https://example.org/me?x=1.", "https://example.org/me?x=1", "URL"),
    ("MREF+M-00912-A", "M-00912-A", "NUMBER"),
    ("SEPA MANDATE REF: KV7733120", "KV7733120", "NUMBER"),
    ("CARD XXXX 1234 LIDL", "XXXX 1234", "NUMBER"),
    ("carte 4021 retrait", "4021", "NUMBER"),
    ("KTO 441200", "441200", "NUMBER"),
    ("account ****5521", "5521", "NUMBER"),
    ("passport no: K5512098", "K5512098", "NATIONAL_ID"),
]

NEAR_MISSES = [
    "12 monthly payments",
    "In Spring 2020 we moved",
    "During 2017 rates fell",
    "5 Star Service",
    "the high street branch",
    "Suite of products",
    "See you in Leeds, 2024",
    "my account is blocked",
    "card payment",
    "Visa 2 for 1 offer",
    "a mandate for the house",
    "licence fee",
    "AMAZON.DE MARKETPLACE",
]


@pytest.mark.parametrize(("text", "value", "tag"), HITS)
def test_address_or_reference_is_found_whole(text: str, value: str, tag: str) -> None:
    assert (value, tag) in found_in(text)


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_like_one_is_left(text: str) -> None:
    assert found_in(text) == []


def found_in(text: str) -> list[tuple[str, str]]:
    return [
        (text[result.start : result.end], result.entity_type)
        for recogniser in form_recognisers()
        for result in recogniser.analyze(text, recogniser.supported_entities)
    ]
