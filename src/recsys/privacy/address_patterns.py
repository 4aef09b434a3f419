"""Addresses and references by their form: streets with numbers, postcodes, web addresses, mandates, cards cut short."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from recsys.privacy.spans import ADDRESS, NATIONAL_ID, NUMBER

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

_NAME = r"\p{Lu}[\p{L}\p{M}'’.-]*"
_NAMES = rf"{_NAME}(?:[ ](?:(?i:de la|de|del|la|of|the|des|du|der|den|und)[ ])?{_NAME}){{0,3}}"
_HOUSE = r"\d{1,5}(?:[ ]?[A-Za-z])?(?:[-/]\d{1,4}[A-Za-z]?)?\b"
_UNIT = r"(?i:apt|apartment|suite|ste|flat)\.?[ ]?#?\d{1,5}[A-Za-z]?\b"
_STREET = (
    r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|place|pl|square|sq|terrace|close|"
    r"crescent|gardens|grove|mews|parkway|pkwy|highway|hwy|circle|trail|row|walk|quay|parade|turnpike|alley)"
)
_ENDING = (
    r"(?i:stra(?:ß|ss)e|str\.|gasse|weg|platz|allee|ufer|chaussee|vej|gade|gata|gatan|vägen|veien|vegen|katu|kuja|"
    r"polku|straat|laan|plein|gracht|dijk|utca)"
)
_RUE = r"(?i:rue|avenue|boulevard|bd|place|chemin|impasse|all[eé]e|quai|cours|route)"
_CALLE = r"(?:(?i:rue|calle|c/|avda\.?|plaza|paseo|camino|via|viale|piazza|corso|rua|avenida)|(?i:ul\.|al\.|os\.|pl\.))"
_OF = r"(?i:(?:de la|de|del|des|du|d'|de l')[ ]?)"
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|"
    r"W[AIVY])"
)

_STREETS = (
    ("number, street", rf"\b{_HOUSE},?[ ]{_NAMES}[ ]{_STREET}\b\.?(?:[ ]?,?[ ]?{_UNIT})?"),
    ("street, number", rf"\b(?:{_NAME}[ ]){{0,2}}\p{{Lu}}[\p{{L}}-]{{2,}}?{_ENDING}[ ]{{1,2}}{_HOUSE}"),
    ("Straße, number", rf"\b{_NAME}[ -](?i:stra(?:ß|ss)e|str\.|platz|weg|allee)[ ]{_HOUSE}"),
    ("number, rue", rf"\b{_HOUSE},?[ ](?i:(?:bis|ter),?[ ])?{_RUE}[ ]{_OF}?{_NAMES}"),
    ("calle, number", rf"(?<!\p{{L}}){_CALLE}[ ]?{_OF}?{_NAMES},?[ ](?i:n[º°o.]{{0,2}}[ ]?)?{_HOUSE}"),
    ("unit", rf"\b{_UNIT}"),
    ("military post", r"\b(?i:[afd]po[ ]a[aep])[ ]\d{5}\b|\b(?i:psc|unit|cmr)[ ]\d{3,5},?[ ](?i:box)[ ]\d{1,5}\b"),
    ("post box", r"\b(?i:p\.?[ ]?o\.?[ ]?box|postfach|apartado|skrytka pocztowa|boîte postale)[ ]\d{1,6}\b"),
    (
        "postcode after its name",
        r"\b(?i:zip(?:[ ]?code)?|postal code|post ?code|plz|postleitzahl|code postal|c[oó]digo postal|kod pocztowy)"
        r"(?i:[ ](?:is|ist|est|es))?[ ]?:?[ ]\K[A-Z]{0,2}\d[\dA-Z]{1,4}(?:[ -][\dA-Z]{2,4})?\b",
    ),
    ("British postcode", r"\b[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}\b"),
    ("Canadian postcode", r"\b[A-Z]\d[A-Z][ -]\d[A-Z]\d\b"),
    ("Dutch postcode", r"\b\d{4}[ ][A-Z]{2}[ ]\p{Lu}\p{L}+"),
    ("Polish postcode", r"\b\d{2}-\d{3}[ ]\p{Lu}\p{L}+"),
    ("American state and code", rf",[ ]\K{_STATE}[ ]\d{{5}}(?:-\d{{4}})?\b"),
    ("postcode, town", r",[ ]\K(?:[A-Z]{1,2}-)?\d{4,5}[ ]\p{Lu}\p{L}{2,}(?:[ -]\p{Lu}\p{L}+)?"),
)
_URLS = (("web address", r"\b(?i:https?://|www\.)[^\s<>\"')\],]+[^\s<>\"')\],.!?;:]"),)
_REFERENCES = (
    (
        "mandate",
        r"\b(?i:mandats?(?:sref(?:erenz)?)?|mandate(?:[ ](?:ref(?:erence)?|id))?|mref|mndt|rum|umr)"
        r"[ ]?[:.+/-]?[ ]{0,2}\K(?=[\w./-]*\d)[A-Z\d][\w./-]{4,34}",
    ),
    (
        "cut card",
        r"\b(?i:card|karte|carte|tarjeta|karta|kartennr|visa|mastercard|maestro|debit|cb)\.?[ ]"
        r"(?i:no\.?|nr\.?|num(?:ber)?|ending(?:[ ](?:in|with))?|end(?:et)?|se terminant par)?[ ]?"
        r"\K(?:[xX*•.]{1,4}[ -]?){0,4}\d{4}\b(?![ ]?[-./]\d)",
    ),
    (
        "account",
        r"\b(?i:kto|konto(?:[ -]?nr)?|ktonr|account(?:[ ]no|[ ]number)?|acct|a/c|compte|cuenta|rachunek|sort code)"
        r"\.?[ ]?[:#.]?[ ]{0,2}(?:[xX*]{2,12})?\K\d(?:[ -]?\d){3,}\b",
    ),
)
_LICENCES = (
    (
        "licence or passport",
        r"\b(?i:driv(?:er'?s?|ing)[ ]licen[cs]e|licen[cs]e|passport|f(?:ü|ue)hrerschein|reisepass|permis|pasaporte|"
        r"passeport|paszport|dow[oó]d)(?i:[ ](?:no\.?|nr\.?|number|is|id))*[ ]?[:#]?[ ]"
        r"\K(?=[A-Z\d-]*\d{3})[A-Z\d][A-Z\d-]{5,17}\b",
    ),
)
_SCORE = 0.6


@cache
def form_recognisers() -> tuple[EntityRecognizer, ...]:
    """Presidio's pattern recognisers over these patterns."""
    from presidio_analyzer import Pattern, PatternRecognizer

    kinds = ((ADDRESS, _STREETS), ("URL", _URLS), (NUMBER, _REFERENCES), (NATIONAL_ID, _LICENCES))
    return tuple(
        PatternRecognizer(
            tag,
            f"{tag} by form",
            patterns=[Pattern(name, pattern, _SCORE) for name, pattern in patterns],
            global_regex_flags=0,
        )
        for tag, patterns in kinds
    )
