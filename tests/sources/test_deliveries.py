from __future__ import annotations

from decimal import Decimal

import pytest
from tests.sources.deliveries import deliver
from tests.sources.world import World

from recsys.errors import ContractError, SourceError


def test_database_delivers_every_row_under_the_names_of_the_contract(bank: World) -> None:
    delivered = deliver(bank, "registrations.customers")
    assert delivered.values("customer_id") == ["c1", "c2", "c3", "c4"]
    assert delivered.rows[1]["full_name"] == "Grace Hopper"
    assert delivered.rows[1]["annual_income"] == Decimal("61000.50")
    assert "internal_note" not in delivered.rows[0]
    assert delivered.watermark == "2026-01-01T09:00:00.000000Z"
    assert delivered.is_complete
    assert {row["_source"] for row in delivered.rows} == {"registrations"}


def test_database_delivers_only_what_changed_and_reads_the_lag_again(bank: World) -> None:
    first = deliver(bank, "registrations.customers", changed=('lag = "2 days"', 'lag = "1 hour"'))
    bank.registrations.apply(2)
    second = deliver(bank, "registrations.customers", first.since, changed=('lag = "2 days"', 'lag = "1 hour"'))
    # The rows at the watermark come again: more of them may have been written since.
    assert set(second.values("customer_id")) == {"c1", "c2", "c3", "c4", "c5"}
    assert not second.is_complete
    assert [row["customer_id"] for row in second.rows if row["_is_deleted"]] == ["c4"]
    third = deliver(bank, "registrations.customers", second.since, changed=('lag = "2 days"', 'lag = "1 hour"'))
    assert set(third.values("customer_id")) == {"c2", "c4", "c5"}


def test_row_of_the_far_future_is_delivered_and_does_not_end_the_source(bank: World) -> None:
    def ahead(client: str, days: int) -> None:
        with bank.registrations.connect() as connection:
            change = "update clients set updated_at = now() + %s * interval '1 day' where client_no = %s"
            connection.execute(change, [days, client])

    ahead("c3", 365_000)
    first = deliver(bank, "registrations.customers")
    assert first.values("customer_id")[-1] == "c3"
    assert first.watermark == "2026-01-01T09:00:00.000000Z"
    bank.registrations.apply(2)
    second = deliver(bank, "registrations.customers", first.since)
    assert {"c3", "c5"} <= set(second.values("customer_id"))
    assert second.watermark == "2026-01-02T09:00:00.000000Z"
    # A clock that goes some hours before ours is none of these.
    ahead("c3", 1)
    third = deliver(bank, "registrations.customers", second.since)
    assert third.watermark == third.rows[-1]["_version"] > "2026-01-02T09:00:00.000000Z"


def test_late_row_of_a_database_is_delivered_within_the_lag_and_not_beyond(bank: World) -> None:
    bank.registrations.apply(2)
    before = deliver(bank, "registrations.customers")
    bank.registrations.apply(3)
    assert "c6" in deliver(bank, "registrations.customers", before.since).values("customer_id")
    short = ('lag = "2 days"', 'lag = "30 minutes"')
    assert "c6" not in deliver(bank, "registrations.customers", before.since, changed=short).values("customer_id")


@pytest.mark.parametrize("kind", ["numeric(12, 2)", "double precision", "text"])
def test_database_whose_cursor_has_decimals_goes_on_where_it_was_read_to(bank: World, kind: str) -> None:
    def revise(**revisions: str) -> None:
        for client, revision in revisions.items():
            with bank.registrations.connect() as connection:
                connection.execute("update clients set revision = %s where client_no = %s", [revision, client])

    by_revision = ('cursor = "updated_at"\nlag = "2 days"', 'cursor = "revision"\non_new_column = "ignore"')
    with bank.registrations.connect() as connection:
        connection.execute(f"alter table clients add revision {kind}")
    revise(c1="8.25", c2="9.5", c3="10", c4="9.75")
    first = deliver(bank, "registrations.customers", changed=by_revision)
    assert first.watermark == "00000000000000000010"
    revise(c2="10.5")
    second = deliver(bank, "registrations.customers", first.since, changed=by_revision)
    assert {"c2", "c3"} <= set(second.values("customer_id"))
    # Texts sort otherwise in a database, so it cannot be asked for the newer ones.
    assert ("c1" in second.values("customer_id")) == (kind == "text")
    assert second.watermark == "00000000000000000010.5"


def test_database_that_holds_times_as_texts_delivers_what_came_later_on_the_same_day(bank: World) -> None:
    as_texts = ('lag = "2 days"\ndeleted_column', "deleted_column")
    with bank.registrations.connect() as connection:
        connection.execute("alter table clients alter updated_at type text using '2026-01-01 09:00'")
    first = deliver(bank, "registrations.customers", changed=as_texts)
    assert first.watermark == "2026-01-01T09:00:00.000000Z"
    with bank.registrations.connect() as connection:
        connection.execute("update clients set updated_at = '2026-01-01 10:00' where client_no = 'c2'")
    second = deliver(bank, "registrations.customers", first.since, changed=as_texts)
    assert second.watermark == "2026-01-01T10:00:00.000000Z"


def test_api_whose_cursor_has_decimals_is_asked_for_it_as_a_number(bank: World) -> None:
    for place, contact in enumerate(bank.crm.contacts.values()):
        contact["changed_at"] = f"{11.5 + place}"
    numbered = ('cursor_param = "updated_since"\nlag = "2 days"', 'cursor_param = "updated_since"\nlag = "1"')
    first = deliver(bank, "crm.customers", changed=numbered)
    assert first.watermark == "00000000000000000013.5"
    bank.crm.queries.clear()
    assert deliver(bank, "crm.customers", first.since, changed=numbered).values("customer_id") == ["c2", "c3"]
    assert bank.crm.queries[0]["updated_since"] == ["12.5"]


def test_database_without_a_cursor_delivers_everything_every_time(bank: World) -> None:
    first = deliver(bank, "registrations.products")
    assert first.watermark is None
    again = deliver(bank, "registrations.products", first.since)
    assert again.values("product_id") == first.values("product_id") == ["p1", "p2", "p3"]
    assert again.fingerprint == first.fingerprint
    assert len(first.fingerprint) == 64


def test_files_deliver_every_row_with_its_file_and_line(bank: World) -> None:
    delivered = deliver(bank, "transactions.transactions")
    assert delivered.values("transaction_id") == ["t1", "t2", "t3", "t4"]
    assert [row["_line"] for row in delivered.rows] == [2, 3, 4, 5]
    assert {row["_version"] for row in delivered.rows} == {"transactions_2026-01-01.csv"}
    assert set(delivered.rows[0]) >= {"booked_at", "amount", "merchant", "currency"}
    assert "loaded_by" not in delivered.rows[0]


def test_packed_files_are_read_and_malformed_rows_set_aside_with_their_lines(bank: World) -> None:
    first = deliver(bank, "transactions.transactions")
    bank.transactions.apply(2)
    second = deliver(bank, "transactions.transactions", first.since)
    assert second.values("transaction_id") == ["t6", "t2", "t5", "t8", "t90"]
    assert [(reject.line, reject.rule, reject.file) for reject in second.rejects] == [
        (7, "column_count", "transactions_2026-01-02.csv.gz")
    ]
    assert second.rejects[0].row["transaction_id"] == "t91"


def test_late_and_corrected_files_are_delivered_in_the_order_of_their_names(bank: World) -> None:
    bank.transactions.apply(2)
    before = deliver(bank, "transactions.transactions")
    bank.transactions.apply(3)
    third = deliver(bank, "transactions.transactions", before.since)
    files = list(dict.fromkeys(third.values("_file")))
    assert files == ["transactions_2025-12-31.csv", "transactions_2026-01-01.csv", "transactions_2026-01-03.csv.zst"]
    assert not third.is_complete
    assert deliver(bank, "transactions.transactions", third.since).rows == []


def test_correction_of_a_day_does_not_become_newer_than_the_days_after_it(bank: World) -> None:
    in_folders = ("transactions_*.csv*", "day-*/part-*.csv")
    header, day_1, day_2, *_ = (bank.transactions.folder / "transactions_2026-01-01.csv").read_text().splitlines()
    parts = [bank.transactions.folder / day / "part-0.csv" for day in ("day-1", "day-2")]
    for part, row in zip(parts, (day_1, day_2), strict=True):
        part.parent.mkdir()
        part.write_text(f"{header}\n{row}\n")
    first = deliver(bank, "transactions.transactions", changed=in_folders)
    assert first.values("_version") == ["day-1/part-0.csv", "day-2/part-0.csv"]
    parts[0].write_text(f"{header}\n{day_1.replace('batch', 'corrected')}\n")
    again = deliver(bank, "transactions.transactions", first.since, changed=in_folders)
    assert again.values("_version") == ["day-1/part-0.csv"]
    assert again.rows[0]["_version"] < first.rows[1]["_version"]


def test_export_that_is_replaced_every_day_is_complete(bank: World) -> None:
    first = deliver(bank, "surveys.surveys")
    assert first.values("risk_tolerance") == ["3", "2"]
    bank.surveys.apply(2)
    second = deliver(bank, "surveys.surveys", first.since)
    assert second.is_complete
    assert second.values("response_id") == ["r1", "r2", "r3"]
    assert [(reject.line, reject.rule) for reject in second.rejects] == [(2, "json")]


def test_api_delivers_all_its_pages_and_marks_what_was_deleted(bank: World) -> None:
    delivered = deliver(bank, "crm.customers")
    assert delivered.values("customer_id") == ["c1", "c2", "c3"]
    assert delivered.values("email")[0] == "ada@crm.example"
    assert delivered.watermark == "2026-01-01T07:10:00.000000Z"
    assert bank.crm.n_requests == 2
    for day in (2, 3):
        bank.crm.apply(day)
    later = deliver(bank, "crm.customers", delivered.since)
    assert {row["customer_id"]: row["_is_deleted"] for row in later.rows}["c3"] is True
    assert not later.is_complete


def test_api_is_asked_for_what_changed_since_the_watermark_less_the_lag(bank: World) -> None:
    first = deliver(bank, "crm.customers")
    bank.crm.queries.clear()
    for day in (2, 3):
        bank.crm.apply(day)
    late = deliver(bank, "crm.customers", first.since)
    assert bank.crm.queries[0]["updated_since"] == ["2025-12-30T07:10:00Z"]
    assert "c6" in late.values("customer_id")


@pytest.mark.parametrize("troubles", [[429], [500, 503]])
def test_api_that_is_busy_or_broken_for_a_moment_loses_no_row(bank: World, troubles: list[int]) -> None:
    bank.crm.troubles = list(troubles)
    assert deliver(bank, "crm.customers").values("customer_id") == ["c1", "c2", "c3"]
    assert bank.crm.n_requests == 2 + len(troubles)


def test_answer_without_its_list_is_an_error_and_no_empty_page(bank: World) -> None:
    with pytest.raises(ContractError, match="no list of rows at items"):
        deliver(bank, "crm.customers", changed=('selector = "data"', 'selector = "items"'))


def test_refused_password_is_said_without_the_password(bank: World) -> None:
    with pytest.raises(SourceError) as caught:
        deliver(bank, "registrations.customers", REGISTRATIONS_URL=bank.registrations.wrong_url)
    assert "password refused" in str(caught.value)
    assert "wr0ng-p4ss" not in repr(caught.getrepr(style="long", showlocals=False))


def test_new_column_stops_the_load_or_is_ignored_as_declared(bank: World) -> None:
    with pytest.raises(ContractError, match=r"registrations\.customers: new column internal_note"):
        deliver(bank, "registrations.customers", changed=('ignored = ["internal_note"]', ""))
    ignoring = ('ignored = ["internal_note"]', 'on_new_column = "ignore"')
    assert len(deliver(bank, "registrations.customers", changed=ignoring).rows) == 4
    with pytest.raises(ContractError, match="new column device"):
        deliver(bank, "surveys.surveys", changed=('ignored = ["device"]', ""))
    with pytest.raises(ContractError, match="new column address"):
        deliver(bank, "crm.customers", changed=('ignored = ["address"]', ""))


@pytest.mark.parametrize(
    ("name", "mapped", "line"),
    [
        ("registrations.customers", "client_no", "missing column gone"),
        ("transactions.transactions", "txn_id", "missing column gone"),
        # Of JSON a row is looked at as it comes, so the name that nobody knows is found first.
        ("crm.customers", "mobile", "new column mobile"),
        ("surveys.surveys", "respondent", "new column respondent"),
    ],
)
def test_column_that_is_called_otherwise_is_named(bank: World, name: str, mapped: str, line: str) -> None:
    with pytest.raises(ContractError, match=f"{name}: {line}: "):
        deliver(bank, name, changed=(f'"{mapped}"', '"gone"'))


def test_changed_type_is_named_with_what_was_expected(bank: World) -> None:
    with bank.registrations.connect() as connection:
        connection.execute("alter table clients alter born type boolean using true")
    with pytest.raises(ContractError, match="changed type of born: expected a date, YYYY-MM-DD, found bool"):
        deliver(bank, "registrations.customers")
