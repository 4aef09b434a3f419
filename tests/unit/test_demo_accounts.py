"""Who signs in at the demo bank."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from recsys.feed.demo.bank import Plan
from recsys.io.accounts import Account, find_account, replace_accounts, sign_in
from recsys.io.demo_accounts import demo_accounts, largest_portfolios
from recsys.io.demo_feed import write_demo_feed


def test_customers_advisors_operations_and_a_system_of_the_bank_sign_in(tmp_path: Path) -> None:
    write_demo_feed(Plan(300, 7, date(2026, 10, 31)), tmp_path / "feed", "csv")
    portfolios = largest_portfolios(tmp_path / "feed", 2)
    assert len(portfolios) == 2
    sizes = [len(customer_ids) for customer_ids in portfolios.values()]
    assert sizes == sorted(sizes, reverse=True)
    accounts = demo_accounts(["C000007", "C000009"], list(portfolios))
    assert [account.scope for account in accounts] == ["customer", "customer", "advisor", "advisor", "admin", "system"]
    rows = (tmp_path / "feed" / "customers.csv").read_text().splitlines()
    for advisor_id, customer_ids in portfolios.items():
        assert all(any(one in row and advisor_id in row for row in rows) for one in customer_ids)

    passwords = replace_accounts(tmp_path, accounts)
    assert len(set(passwords.values())) == len(accounts)
    for account in accounts:
        assert sign_in(tmp_path, account.name, passwords[account.name]) == account
    assert sign_in(tmp_path, "C000007", passwords["C000009"]) is None


def test_new_accounts_leave_nobody_in_by_an_old_password(tmp_path: Path) -> None:
    accounts = [Account("ada", "customer", customer_id="c1"), Account("crm", "system")]
    former = replace_accounts(tmp_path, accounts)
    replace_accounts(tmp_path, accounts[:1])
    assert sign_in(tmp_path, "ada", former["ada"]) is None
    assert find_account(tmp_path, "crm") is None
