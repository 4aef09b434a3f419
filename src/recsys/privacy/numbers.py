"""Addresses and numbers that name somebody by their form: Presidio's pattern recognisers, and every long number.

Numbers whose checksum is wrong, or that no recogniser knows, are masked all the same once they have seven digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from recsys.privacy.spans import NATIONAL_ID, NUMBER, Span

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

# Seven or more digits, however they are grouped, with the letters and digits that they are glued to.
_LONG_NUMBER = re.compile(r"\+?\(?[^\W_]{0,12}?\d(?:[\s().\-/]{0,3}\d){6,}[^\W_]{0,12}")

# A date, and a time after it, says when and not who. Its digits may neither be a long number nor part of one.
_DATE = re.compile(
    r"(?<![\d./-])(?:(?:19|20)\d{2}([./-])[01]?\d\1[0-3]?\d|[0-3]?\d([./-])[0-3]?\d\2(?:19|20)\d{2})"
    r"(?:[ T]{1,2}[0-2]?\d:[0-5]\d(?::[0-5]\d)?)?(?![\d/-])"
)

# What any recogniser of numbers needs at least; texts without it are not shown to them.
_FIVE_DIGITS = re.compile(r"(?:\d\D*){5}")

# A number that starts or is grouped like this may be a telephone number.
_LIKE_A_PHONE = re.compile(r"[+(]|0|\d{2,4}[ ./-]")

_TAG_BY_ENTITY: Mapping[str, str] = {
    "EMAIL_ADDRESS": "EMAIL_ADDRESS",
    "CREDIT_CARD": "CREDIT_CARD",
    "IBAN_CODE": "IBAN_CODE",
    "IP_ADDRESS": "IP_ADDRESS",
    "ES_NIE": NATIONAL_ID,
    "ES_NIF": NATIONAL_ID,
    "FI_PERSONAL_IDENTITY_CODE": NATIONAL_ID,
    "IN_PAN": NATIONAL_ID,
    "IT_FISCAL_CODE": NATIONAL_ID,
    "PL_PESEL": NATIONAL_ID,
    "SG_NRIC_FIN": NATIONAL_ID,
    "UK_NHS": NATIONAL_ID,
    "UK_NINO": NATIONAL_ID,
    "US_SSN": NATIONAL_ID,
}
NUMBER_TAGS: frozenset[str] = frozenset(_TAG_BY_ENTITY.values()) | {"PHONE_NUMBER", NUMBER}

# Recognisers give weak patterns scores below this; a weak pattern is masked only if it is a long number anyway.
_MIN_SCORE = 0.4


def find_numbers(text: str) -> list[Span]:
    """Where `text` holds e-mail addresses, cards, IBANs, telephone numbers, national ids and other long numbers."""
    spans = _recognised(text, _address_recognisers()) if "@" in text else []
    if _FIVE_DIGITS.search(text):
        spans += _recognised(text, _number_recognisers())
        for match in _LONG_NUMBER.finditer(_DATE.sub(_without_digits, text)):
            spans.append(Span(match.start(), match.end(), _tag_of_number(match[0])))
    return spans


def _without_digits(date: re.Match[str]) -> str:
    return "|" * len(date[0])


@lru_cache(maxsize=65_536)
def _tag_of_number(number: str) -> str:
    if not _LIKE_A_PHONE.match(number):
        return NUMBER
    found = _phone_recogniser().analyze(number, ["PHONE_NUMBER"], None)
    return "PHONE_NUMBER" if found else NUMBER


def _recognised(text: str, recognisers: tuple[EntityRecognizer, ...]) -> list[Span]:
    return [
        Span(result.start, result.end, _TAG_BY_ENTITY[result.entity_type])
        for recogniser in recognisers
        for result in recogniser.analyze(text, recogniser.supported_entities, None) or ()
        if result.score >= _MIN_SCORE
    ]


@cache
def _address_recognisers() -> tuple[EntityRecognizer, ...]:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    # EmailRecognizer itself checks the domain against a list that it downloads; an unknown domain is personal, too.
    return (PatternRecognizer(supported_entity="EMAIL_ADDRESS", patterns=EmailRecognizer.PATTERNS),)


@cache
def _number_recognisers() -> tuple[EntityRecognizer, ...]:
    from presidio_analyzer import predefined_recognizers as presidio

    kinds = (
        presidio.CreditCardRecognizer, presidio.IbanRecognizer, presidio.IpRecognizer,
        presidio.EsNieRecognizer, presidio.EsNifRecognizer, presidio.FiPersonalIdentityCodeRecognizer,
        presidio.InPanRecognizer, presidio.ItFiscalCodeRecognizer, presidio.PlPeselRecognizer,
        presidio.SgFinRecognizer, presidio.NhsRecognizer, presidio.UkNinoRecognizer, presidio.UsSsnRecognizer,
    )  # fmt: skip
    return tuple(kind() for kind in kinds)


@cache
def _phone_recogniser() -> EntityRecognizer:
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    return PhoneRecognizer()
