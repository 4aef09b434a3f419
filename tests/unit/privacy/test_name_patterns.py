from __future__ import annotations

import pytest

from recsys.privacy.name_patterns import name_recogniser

HITS = [
    ("SEPA CREDIT TRANSFER FROM HOLGER WIESNER REF 00", "HOLGER WIESNER"),
    ("TRANSFER TO MARGARET O'SHEA", "MARGARET O'SHEA"),
    ("Transfer to Anne-Sophie de la Tour", "Anne-Sophie de la Tour"),
    ("FASTER PAYMENT T J HOLLIS 12NOV", "T J HOLLIS"),
    ("FPI FROM WENDY ASHCROFT", "WENDY ASHCROFT"),
    ("B/O IRIS PELHAM", "IRIS PELHAM"),
    ("PAYEE: GORDON TATE REF 4", "GORDON TATE"),
    ("/NAME/LIESBETH DE VOS/REMI/FACTUUR", "LIESBETH DE VOS"),
    ("VIR RECU DE MICHELE ROUSSEL MOTIF LOYER", "MICHELE ROUSSEL"),
    ("VIREMENT SEPA EMIS VERS GUY LEMOINE", "GUY LEMOINE"),
    ("ÜBERWEISUNG AN DETLEF BRANDT SVWZ MIETE", "DETLEF BRANDT"),
    ("GUTSCHRIFT VON UTE FALK", "UTE FALK"),
    ("AUFTRAGGEBER: KAI-UWE PETERS", "KAI-UWE PETERS"),
    ("TRANSFERENCIA RECIBIDA DE LUCIA FERRER", "LUCIA FERRER"),
    ("BIZUM DE PABLO QUESADA", "PABLO QUESADA"),
    ("PRZELEW DO ŁUKASZ WRÓBEL TYTUŁEM CZYNSZ", "ŁUKASZ WRÓBEL"),
    ("BONIFICO A FAVORE DI CHIARA DONATI", "CHIARA DONATI"),
    ("Account holder: Petra", "Petra"),
    ("c/o Hedwig Lorenz", "Hedwig Lorenz"),
    ("hello, my name is Owen Prys", "Owen Prys"),
    ("Ich heiße Jutta", "Jutta"),
    ("Je m'appelle Odile Garnier.", "Odile Garnier"),
    ("I spoke with Fergus yesterday", "Fergus"),
    ("my daughter Tilda moved out", "Tilda"),
    ("Please call back.\nKind regards,\nImogen Shaw", "Imogen Shaw"),
    ("Thanks, Ned", "Ned"),
    ("Mit freundlichen Grüßen\nRolf Ebert", "Rolf Ebert"),
    ("Mr Pascoe asked", "Pascoe"),
    ("MME CLAIRE DUBOIS", "CLAIRE DUBOIS"),
    ("Frau Dr. Anneliese Korn", "Anneliese Korn"),
]

NEAR_MISSES = [
    "TRANSFER TO SAVINGS ACCOUNT",
    "TRANSFER FROM CHECKING",
    "PAYMENT TO AMERICAN EXPRESS",
    "PAYMENT TO BRIGHTWATER LTD",
    "PAYMENT TO HARPER COLE LTD",
    "SEPA TRANSFER TO KRUEGER BAU GMBH",
    "STANDING ORDER RENT",
    "VIREMENT VERS LIVRET A",
    "ÜBERWEISUNG AN FINANZAMT KOELN",
    "DAUERAUFTRAG MIETE",
    "BIZUM",
    "my name is wrong on my card",
    "Is this Visa or Mastercard?",
    "Thanks for the quick reply",
    "thank you",
    "Kind regards",
    "The account holder must sign here",
    "Standing order from my joint account",
    "Payment by credit card was declined",
]


@pytest.mark.parametrize(("text", "name"), HITS)
def test_name_after_a_keyword_is_found_to_its_end(text: str, name: str) -> None:
    assert name in found_in(text)


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_only_looks_like_a_name_is_left(text: str) -> None:
    assert found_in(text) == []


def found_in(text: str) -> list[str]:
    return [text[result.start : result.end] for result in name_recogniser().analyze(text, ["PERSON"])]
