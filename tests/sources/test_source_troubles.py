"""Each of the four systems with each trouble that it can have, and the line that `recsys sources check` says of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.sources.console import Console, silent_port, unused_port
from tests.sources.crm import crm

UNREACHABLE = "unreachable: its host or port does not answer: correct"
SLOW = "slow: no answer within 0.5 s: ask its owner, or say a longer --timeout"
HIDDEN = ("wr0ng-p4ss", "t0ken-wrong", "s3cret-of-store")


def change_database(statement: str) -> Callable[[Console], None]:
    def change(console: Console) -> None:
        with console.bank.registrations.connect() as connection:
            connection.execute(statement)

    return change


def change_files(was: str, becomes: str) -> Callable[[Console], None]:
    def change(console: Console) -> None:
        file = console.bank.transactions.folder / "transactions_2026-01-01.csv"
        assert was in file.read_text()
        file.write_text(file.read_text().replace(was, becomes))

    return change


def change_survey(change_one: Callable[[dict[str, Any]], object]) -> Callable[[Console], None]:
    def change(console: Console) -> None:
        file = console.bank.surveys.folder / "surveys.jsonl"
        answers = [json.loads(line) for line in file.read_text().splitlines()]
        for answer in answers:
            change_one(answer)
        file.write_text("".join(f"{json.dumps(answer)}\n" for answer in answers))

    return change


def forget_mobile(console: Console) -> None:
    for contact in console.bank.crm.contacts.values():
        del contact["mobile"]


def write_times_as_words(console: Console) -> None:
    for consent in console.bank.crm.consents.values():
        consent["recorded_at"] = "yesterday"


def connect_to_no_database(console: Console) -> None:
    console.setenv("REGISTRATIONS_URL", f"postgresql+psycopg://somebody:wr0ng-p4ss@127.0.0.1:{unused_port()}/bank")


def move_folder_away(console: Console) -> None:
    folder = console.bank.transactions.folder
    folder.rename(folder.with_name("elsewhere"))


def make_file_unreadable(console: Console) -> None:
    # Rights do not stop a test that runs as root; a link to itself stops everybody.
    file = console.bank.transactions.folder / "transactions_2026-01-01.csv"
    file.unlink()
    file.symlink_to(file)


def keep_surveys_in_a_store(console: Console, port: int) -> None:
    console.describe(str(console.bank.surveys.folder), f"http://127.0.0.1:{port}/exports")
    console.describe('"surveys.jsonl"', '"*.jsonl"')


# System, trouble, how it comes about, the line. A folder has no password, and no time in which it must answer (a pipe
# among its files is none of them), so the survey tool has its export in a store over HTTP for those below.
TROUBLES: list[tuple[str, str, Callable[[Console], None], str]] = [
    (
        "registrations.customers", "password",
        lambda console: console.setenv("REGISTRATIONS_URL", console.bank.registrations.wrong_url),
        "password refused: correct the credential env:REGISTRATIONS_URL",
    ),
    (
        "crm.customers", "password",
        lambda console: console.setenv("CRM_TOKEN", "t0ken-wrong"),
        "password refused (HTTP 401): correct the credential env:CRM_TOKEN",
    ),
    (
        "registrations.customers", "missing column",
        change_database("alter table clients rename client_no to client_number"),
        "missing column client_no: public.clients has it no more, or has it under another name: correct columns in "
        "[sources.registrations.tables.customers] of sources.toml",
    ),
    (
        "transactions.transactions", "missing column",
        change_files("txn_id,", "txn_number,"),
        "missing column txn_id: transactions_*.csv* has it no more, or has it under another name: correct columns in "
        "[sources.transactions.tables.transactions] of sources.toml",
    ),
    (
        "crm.customers", "missing column",
        forget_mobile,
        "missing column mobile: contacts has it no more, or has it under another name: correct columns in "
        "[sources.crm.tables.customers] of sources.toml",
    ),
    (
        "surveys.surveys", "missing column",
        change_survey(lambda answer: answer.pop("respondent")),
        "missing column respondent: surveys.jsonl has it no more, or has it under another name: correct columns in "
        "[sources.surveys.tables.surveys] of sources.toml",
    ),
    (
        "registrations.customers", "changed type",
        change_database("alter table clients alter born type boolean using true"),
        "changed type of born: expected a date, YYYY-MM-DD, found bool: cast it at the source, or map another column "
        "to birth_date in sources.toml",
    ),
    (
        "transactions.transactions", "changed type",
        change_files("2026-01-01T", "on "),
        "changed type of booked: expected a time, YYYY-MM-DDTHH:MM:SS with or without an offset, found another kind of "
        "value in 4 of 4: correct it at the source, or map another column to booked_at in sources.toml",
    ),
    (
        "crm.consents", "changed type",
        write_times_as_words,
        "changed type of recorded_at: expected a time, YYYY-MM-DDTHH:MM:SS with or without an offset, found another "
        "kind of value in 2 of 2: correct it at the source, or map another column to recorded_at in sources.toml",
    ),
    (
        "surveys.surveys", "changed type",
        change_survey(lambda answer: answer.update(risk_tolerance="rather bold")),
        "changed type of risk_tolerance: expected a whole number, found another kind of value in 2 of 2: correct it at "
        "the source, or map another column to risk_tolerance in sources.toml",
    ),
    (
        "registrations.customers", "unreachable",
        connect_to_no_database,
        f"{UNREACHABLE} host and port in env:REGISTRATIONS_URL, or open the network to it",
    ),
    (
        "transactions.transactions", "unreachable",
        move_folder_away,
        "there is no folder at its location: correct location in sources.toml, or mount the folder",
    ),
    (
        "transactions.transactions", "unreadable",
        make_file_unreadable,
        "it cannot be listed: OSError: correct location in sources.toml, or ask its owner",
    ),
    (
        "crm.customers", "unreachable",
        lambda console: console.describe(console.bank.crm.url, f"http://127.0.0.1:{unused_port()}/v1"),
        f"{UNREACHABLE} location in sources.toml, or open the network to it",
    ),
    (
        "surveys.surveys", "unreachable",
        lambda console: keep_surveys_in_a_store(console, unused_port()),
        f"{UNREACHABLE} location in sources.toml, or open the network to it",
    ),
]  # fmt: skip


def said(console: Console, table: str, *arguments: str) -> str:
    """The line about a table that does not fit, without its name."""
    result = console.check(table.partition(".")[0], *arguments)
    assert result.exit_code == 1
    assert not [secret for secret in HIDDEN if secret in result.output]
    beginning = f"{table}  does not fit: "
    lines = [line.removeprefix(beginning) for line in result.output.splitlines() if line.startswith(beginning)]
    assert len(lines) == 1, result.output
    return lines[0]


@pytest.mark.parametrize(
    ("table", "bring_about", "line"),
    [pytest.param(table, how, line, id=f"{table}-{trouble}") for table, trouble, how, line in TROUBLES],
)
def test_trouble_of_a_system_is_a_line(
    console: Console, table: str, bring_about: Callable[[Console], None], line: str
) -> None:
    bring_about(console)
    assert said(console, table) == line


def test_store_of_exports_that_refuses_the_password(console: Console) -> None:
    # Whoever asks the CRM's server without its token is refused: here it stands for a store of files.
    console.setenv("STORE_TOKEN", "s3cret-of-store")
    options = '{ client_kwargs = { headers = { Authorization = "env:STORE_TOKEN" } } }'
    with crm() as store:
        console.describe(
            f'location = "{console.bank.surveys.folder}"', f'location = "{store.url}"\noptions = {options}'
        )
        console.describe('"surveys.jsonl"', '"*.jsonl"')
        assert said(console, "surveys.surveys") == "password refused: correct the credential env:STORE_TOKEN"


def test_slow_database(console: Console) -> None:
    with silent_port() as port:
        console.setenv("REGISTRATIONS_URL", f"postgresql+psycopg://somebody:wr0ng-p4ss@127.0.0.1:{port}/bank")
        assert said(console, "registrations.customers", "--timeout", "0.5") == SLOW


def test_slow_api(console: Console) -> None:
    console.bank.crm.is_slow = True
    assert said(console, "crm.customers", "--timeout", "0.5") == SLOW


def test_slow_store_of_exports(console: Console) -> None:
    with silent_port() as port:
        keep_surveys_in_a_store(console, port)
        assert said(console, "surveys.surveys", "--timeout", "0.5") == SLOW
