from __future__ import annotations

from datetime import date

import pytest

from recsys.errors import ContractError
from recsys.ranking.catalogue import Product
from recsys.ranking.limit_changes import LIMITS, apply_changes, csv_changes, field_of, toml_changes

from .bank import catalogue_of, product

CATALOGUE = catalogue_of(product("card", min_age=18), product("loan", max_age=70, countries=("AT", "DE")))


def told(text: str, reader=csv_changes) -> dict[tuple[str, str], object]:  # type: ignore[no-untyped-def]
    return {(one.cell.product_id, one.cell.column): one.value for one in reader(text, "limits")}


def test_csv_and_toml_say_the_same() -> None:
    table = (
        "product_id,min_age,min_annual_income,countries,withdrawn_at\nloan,21,30000.50,AT|CH,2027-01-01\n\ncard,-,,,\n"
    )
    toml = """
        [loan]
        min_age = 21
        min_annual_income = 30000.50
        countries = ["AT", "CH"]
        withdrawn_at = 2027-01-01
        [card]
        min_age = "-"
    """
    assert (
        told(table)
        == told(toml, toml_changes)
        == {
            ("loan", "min_age"): 21,
            ("loan", "min_annual_income"): 30_000.5,
            ("loan", "countries"): ("AT", "CH"),
            ("loan", "withdrawn_at"): date(2027, 1, 1),
            ("card", "min_age"): None,
        }
    )


def test_changes_replace_limits_and_leave_the_rest_as_it_is() -> None:
    changes = csv_changes("product_id,min_age,countries,cooling_off_days\nloan,21,-,-\n", "limits.csv")
    card, loan = apply_changes(CATALOGUE, changes, "limits.csv", cooling_off_days=90).products
    assert card == CATALOGUE.products[0]
    assert (loan.min_age, loan.max_age, loan.countries, loan.cooling_off_days) == (21, 70, (), 90)


def test_every_limit_of_the_contract_is_one_of_a_product() -> None:
    assert {field_of(column) for column in LIMITS} <= set(Product.__dataclass_fields__)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "limits, line 1: expected a column product_id, found nothing"),
        ("product_id;min_age\nloan;21\n", "line 1: expected a column product_id, found product_id;min_age"),
        ("product_id,colour\nloan,red\n", "line 1: colour is no limit of a product"),
        ("product_id,min_age,min_age\n", "line 1: a column stands there twice"),
        ("product_id,min_age\nloan,old\n", 'line 2, loan, min_age: expected a whole number, found "old"'),
        ("product_id,risk_class\nloan,1\ncard,9\n", 'line 3, card, risk_class: expected at most 7, found "9"'),
        ("product_id,consent_purpose\nloan,fun\n", "line 2, loan, consent_purpose: expected one of profiling"),
        ("product_id,min_age\nloan\n", "line 2: expected 2 values, found 1"),
        ("product_id,min_age\nloan,21\nloan,22\n", "line 3, loan, min_age: stands in line 2 already"),
        ("product_id,min_age\nloan,\n", "limits changes no limit"),
    ],
)
def test_what_is_wrong_in_a_csv_is_told_with_its_line_and_column(text: str, problem: str) -> None:
    with pytest.raises(ContractError) as failure:
        csv_changes(text, "limits")
    assert problem in failure.value.message
    assert failure.value.remedy


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[loan\n", "limits is no TOML"),
        ("[loan]\n\nmin_age = 'old'\n", 'line 3, loan, min_age: expected a whole number, found "old"'),
        ("[card]\nmin_age = 1\n[loan]\nmin_age = true\n", "line 4, loan, min_age: expected a whole number"),
        ("loan = { min_age = 1.5 }\n", "line 1, loan, min_age: expected a whole number"),
        ("loan = 7\n", "line 1, loan: expected a table with the limits of a product"),
        ("['loan']\ncolour = 1\n", "line 1, loan: colour is no limit of a product"),
    ],
)
def test_what_is_wrong_in_a_toml_is_told_with_its_line_and_key(text: str, problem: str) -> None:
    with pytest.raises(ContractError) as failure:
        toml_changes(text, "limits")
    assert problem in failure.value.message


def test_products_that_the_catalogue_lacks_are_told_with_those_it_has() -> None:
    changes = csv_changes("product_id,requires\nloan,account\nyacht,card\n", "limits.csv")
    with pytest.raises(ContractError) as failure:
        apply_changes(CATALOGUE, changes, "limits.csv", cooling_off_days=90)
    assert "line 2, loan, requires: the catalogue has no product account" in failure.value.message
    assert "line 3, yacht, requires: the catalogue has no product yacht" in failure.value.message
    assert failure.value.remedy == "Its products are card, loan."


def test_values_of_a_thousand_lines_are_not_all_quoted() -> None:
    lines = "\n".join(f"p{number},old" for number in range(1_000))
    with pytest.raises(ContractError, match="and 995 more"):
        csv_changes(f"product_id,min_age\n{lines}\n", "limits.csv")
