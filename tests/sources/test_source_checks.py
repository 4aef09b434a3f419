from __future__ import annotations

import json
import re
import socket
from typing import Any

import pytest
from tests.sources.world import World
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.settings import Settings


class Console:
    """The command line, in the home of a test that describes the bank's sources."""

    def __init__(self, home: Settings, bank: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home, self.bank = home, bank
        monkeypatch.setenv("RECSYS_HOME", str(home.home))
        for name, value in bank.environment.items():
            monkeypatch.setenv(name, value)

    def check(self, *arguments: str, changed: tuple[str, str] = ("", "")) -> Result:
        assert changed[0] in self.bank.sources_toml
        (self.home.home / "sources.toml").write_text(self.bank.sources_toml.replace(*changed))
        return CliRunner().invoke(app, ["sources", "check", *arguments])


@pytest.fixture
def console(home: Settings, bank: World, monkeypatch: pytest.MonkeyPatch) -> Console:
    return Console(home, bank, monkeypatch)


def unused_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_four_sources_that_fit_are_said_so_in_a_line_each(console: Console) -> None:
    result = console.check()
    assert result.output.splitlines() == [
        "registrations.customers  ok: 4 rows sampled, 10 of 26 columns, cursor updated_at to 2026-01-01",
        "registrations.products  ok: 3 rows sampled, 4 of 20 columns",
        "registrations.holdings  ok: 4 rows sampled, 4 of 5 columns, cursor updated_at to 2026-01-01",
        "transactions.transactions  ok: 4 rows sampled, 6 of 10 columns",
        "crm.customers  ok: 3 rows sampled, 3 of 26 columns, cursor changed_at to 2026-01-01",
        "crm.consents  ok: 2 rows sampled, 4 of 4 columns, cursor changed_at to 2026-01-01",
        "surveys.surveys  ok: 2 rows sampled, 4 of 9 columns",
    ]
    assert result.exit_code == 0


def test_wrong_password_of_a_database(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATIONS_URL", console.bank.registrations.wrong_url)
    result = console.check("registrations")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        "registrations.customers  does not fit: password refused: correct the credential env:REGISTRATIONS_URL"
    )
    assert "wr0ng-p4ss" not in result.output


def test_wrong_token_of_an_api(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "t0ken-wrong")
    result = console.check("crm")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == (
        "crm.customers  does not fit: password refused (HTTP 401): correct the credential env:CRM_TOKEN"
    )
    assert "t0ken-wrong" not in result.output


def test_credential_that_is_not_set(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN")
    assert console.check("crm").output.splitlines()[0] == (
        "crm.customers  does not fit: The credential env:CRM_TOKEN is not set: set CRM_TOKEN in the environment"
    )


@pytest.mark.parametrize(
    ("source", "mapped", "wanted"),
    [
        ("registrations", '"client_no", full', "client_no"),
        ("transactions", '"txn_id"', "txn_id"),
        ("crm", '"client_id", email', "client_id"),
        ("surveys", '"respondent"', "respondent"),
    ],
)
def test_missing_column_of_each_source(console: Console, source: str, mapped: str, wanted: str) -> None:
    # The source has another name for it than the file says, so its own is new; that is ignored here.
    changed = (mapped, mapped.replace(wanted, "gone"))
    text = console.bank.sources_toml.replace(*changed).replace("ignored = ", 'on_new_column = "ignore"\nignored = ')
    (console.home.home / "sources.toml").write_text(text)
    result = CliRunner().invoke(app, ["sources", "check", source])
    first = result.output.splitlines()[0]
    assert result.exit_code == 1
    assert "does not fit: missing column gone: " in first
    assert f": correct columns in [sources.{source}.tables." in first


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


def test_changed_type_of_a_database(console: Console) -> None:
    with console.bank.registrations.connect() as connection:
        connection.execute("alter table clients alter born type boolean using true")
    assert console.check("registrations").output.splitlines()[0] == (
        "registrations.customers  does not fit: changed type of born: expected a date, YYYY-MM-DD, found bool: cast it "
        "at the source, or map another column to birth_date in sources.toml"
    )


@pytest.mark.parametrize(
    ("source", "changed", "column"),
    [
        ("transactions", ('amount = "value"', 'amount = "shop"'), "shop"),
        ("surveys", ('"respondent" }', '"respondent", horizon_years = "answered_at" }'), "answered_at"),
    ],
)
def test_changed_type_of_files(console: Console, source: str, changed: tuple[str, str], column: str) -> None:
    if source == "transactions":
        file = console.bank.transactions.folder / "transactions_2026-01-01.csv"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([lines[0], *(line.replace("2026-01-01T", "on ") for line in lines[1:])]) + "\n")
        first = console.check(source).output.splitlines()[0]
        assert "does not fit: changed type of booked: expected a time" in first
        assert first.endswith("correct it at the source, or map another column to booked_at in sources.toml")
    else:
        file = console.bank.surveys.folder / "surveys.jsonl"
        file.write_text(file.read_text().replace('"risk_tolerance": ', '"risk_tolerance": 1.'))
        first = console.check(source).output.splitlines()[0]
        assert "does not fit: changed type of risk_tolerance: expected a whole number" in first


def test_changed_type_of_an_api(console: Console) -> None:
    for row in console.bank.crm.consents.values():
        row["recorded_at"] = "yesterday"
    assert "crm.consents  does not fit: changed type of recorded_at: expected a time" in console.check("crm").output


def test_unreachable_database_and_api(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    port = unused_port()
    monkeypatch.setenv("REGISTRATIONS_URL", f"postgresql+psycopg://somebody:hidden@127.0.0.1:{port}/bank")
    assert console.check("registrations").output.splitlines()[0] == (
        "registrations.customers  does not fit: unreachable: its host or port does not answer: correct host and port "
        "in env:REGISTRATIONS_URL, or open the network to it"
    )
    nowhere = (console.bank.crm.url, f"http://127.0.0.1:{port}/v1")
    assert console.check("crm", changed=nowhere).output.splitlines()[0] == (
        "crm.customers  does not fit: unreachable: its host or port does not answer: correct location in sources.toml, "
        "or open the network to it"
    )


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


def test_slow_api_and_database_are_left_after_the_timeout(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    console.bank.crm.is_slow = True
    assert console.check("crm", "--timeout", "0.5").output.splitlines() == [
        f"crm.{table}  does not fit: slow: no answer within 0.5 s: ask its owner, or say a longer --timeout"
        for table in ("customers", "consents")
    ]
    # A port that takes connections and never says a word.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"postgresql+psycopg://somebody:hidden@127.0.0.1:{listener.getsockname()[1]}/bank"
        monkeypatch.setenv("REGISTRATIONS_URL", url)
        assert "slow: no answer within 0.5 s" in console.check("registrations", "--timeout", "0.5").output


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
