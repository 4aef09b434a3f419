from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.sources.console import Console
from typer.testing import CliRunner

from recsys.cli.main import app


def test_four_sources_that_fit_are_said_so_in_a_line_each(console: Console) -> None:
    result = console.check()
    assert result.output.splitlines() == [
        "registrations.customers  ok: 4 rows sampled, 10 of 26 columns, cursor updated_at to 2026-01-01",
        "registrations.products  ok: 3 rows sampled, 4 of 24 columns",
        "registrations.holdings  ok: 4 rows sampled, 4 of 5 columns, cursor updated_at to 2026-01-01",
        "transactions.transactions  ok: 4 rows sampled, 6 of 10 columns",
        "crm.customers  ok: 3 rows sampled, 3 of 26 columns, cursor changed_at to 2026-01-01",
        "crm.consents  ok: 2 rows sampled, 4 of 4 columns, cursor changed_at to 2026-01-01",
        "surveys.surveys  ok: 2 rows sampled, 4 of 9 columns",
    ]
    assert result.exit_code == 0


def test_credential_that_is_not_set(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN")
    assert console.check("crm").output.splitlines()[0] == (
        "crm.customers  does not fit: The credential env:CRM_TOKEN is not set: set CRM_TOKEN in the environment"
    )


@pytest.mark.parametrize(
    ("source", "ignored", "column"),
    [
        ("registrations", 'ignored = ["internal_note"]', "internal_note"),
        ("transactions", 'ignored = ["loaded_by"]', "loaded_by"),
        ("crm", 'ignored = ["address"]', "address"),
        ("surveys", 'ignored = ["device"]', "device"),
    ],
)
def test_new_column_of_each_source(console: Console, source: str, ignored: str, column: str) -> None:
    first = console.check(source, changed=(ignored, "")).output.splitlines()[0]
    assert f"does not fit: new column {column}: it is neither mapped nor ignored: map it under columns" in first


def test_missing_table_path_folder_and_file(console: Console) -> None:
    def first(source: str, *changed: str) -> str:
        return console.check(source, changed=(changed[0], changed[1])).output.splitlines()[0]

    assert "does not fit: missing table public.nobody: correct origin" in first(
        "registrations", "public.clients", "public.nobody"
    )
    assert "does not fit: missing path people (HTTP 404): correct origin" in first("crm", '"contacts"', '"people"')
    folder = str(console.bank.transactions.folder)
    assert "does not fit: there is no folder at its location: correct location" in first(
        "transactions", folder, folder + "-elsewhere"
    )
    assert "does not fit: missing file: none matches sold_*.csv: correct origin" in first(
        "transactions", "transactions_*.csv*", "sold_*.csv"
    )


def test_malformed_rows_are_counted_up_to_the_share_that_may_be(console: Console) -> None:
    console.bank.transactions.apply(2)
    result = console.check("transactions")
    assert result.output.strip() == (
        "transactions.transactions  does not fit: malformed: 2 of 6 rows sampled, most in value, more than the 5.0% "
        "that may: correct them at the source"
    )


def test_values_that_a_load_brings_to_their_standard_fit(console: Console) -> None:
    with console.bank.registrations.connect() as connection:
        connection.execute("alter table clients alter born type text using to_char(born, 'DD.MM.YYYY')")
    assert console.check("registrations").output.splitlines()[0] == (
        "registrations.customers  ok: 4 rows sampled, 10 of 26 columns, cursor updated_at to 2026-01-01"
    )


def test_values_beyond_the_limits_of_the_contract_are_malformed_as_in_a_load(console: Console) -> None:
    file = console.bank.surveys.folder / "surveys.jsonl"
    file.write_text(file.read_text().replace('"risk_tolerance": ', '"risk_tolerance": 99'))
    assert console.check("surveys").output.strip() == (
        "surveys.surveys  does not fit: malformed: 2 of 2 rows sampled, most in risk_tolerance, more than the 5.0% "
        "that may: correct them at the source"
    )


def test_rows_that_are_cut_off_are_blamed_on_no_column(console: Console) -> None:
    file = console.bank.transactions.folder / "transactions_2026-01-01.csv"
    file.write_text(file.read_text().replace("-8.00,EUR,Spar,batch", "-8.00").replace("-99.00,EUR,Hofer,batch", ""))
    assert console.check("transactions").output.strip() == (
        "transactions.transactions  does not fit: malformed: 2 of 4 rows sampled, most cannot be taken apart, more "
        "than the 5.0% that may: correct them at the source"
    )


def test_error_that_nobody_foresaw_is_a_line_without_its_message(console: Console) -> None:
    (console.bank.transactions.folder / "transactions_2026-01-09.csv.zst").write_bytes(b"somebody@bank.example")
    result = console.check("transactions")
    assert result.exit_code == 1
    assert re.fullmatch(
        r"transactions\.transactions  does not fit: its check broke off with ZstdError at \w+\.py:\d+: report it; its "
        r"message is withheld, because it may quote a row\n",
        result.output,
    )


def test_json_says_the_same_for_programs(console: Console) -> None:
    result = console.check("surveys", "--json")
    answer: list[dict[str, Any]] = json.loads(result.output)
    assert answer == [
        {
            "name": "surveys.surveys",
            "fits": True,
            "found": "2 rows sampled, 4 of 9 columns",
            "remedy": "",
            "rows": 2,
        }
    ]


def test_list_shows_what_is_described_without_any_load(console: Console) -> None:
    console.check("surveys")
    result = CliRunner().invoke(app, ["sources", "list", "--json"])
    rows = json.loads(result.output)
    assert [f"{row['source']}.{row['table']}" for row in rows][:2] == [
        "registrations.customers",
        "registrations.products",
    ]
    assert {row["watermark"] for row in rows} == {None}
