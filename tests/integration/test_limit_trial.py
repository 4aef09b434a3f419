"""`recsys rules try` against an actual run with the changed catalogue."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from recsys.cli.main import app
from recsys.errors import ContractError, FeedFileError
from recsys.io.limit_file import read_limit_changes
from recsys.io.postgres import Database
from recsys.io.registry import Champion
from recsys.settings import Settings
from recsys.steps import block_size, limit_trial
from recsys.steps.limit_trial import Tried, compare_limits
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication
from recsys.types import no_progress

from .marts_of_a_small_bank import PRODUCTS, begin_run, build_marts, context_of, popular_products
from .refused_pairs import refused_pairs
from .table_contents import table_contents

N_PERSONS = 300
CHANGES = "product_id,min_annual_income,countries,risk_class\nloan,300000,,\nsavings,,-,\nfund,,,2\n"
IN_SQL = """
update marts.dim_products set
    min_annual_income = case product_id when 'loan' then 300000 else min_annual_income end,
    countries = case product_id when 'savings' then null else countries end,
    risk_class = case product_id when 'fund' then 2 else risk_class end
"""


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database, N_PERSONS)
    publish(home, database, "first")
    return database


def publish(home: Settings, database: Database, run_id: str) -> int:
    begin_run(home, database, run_id)
    result = build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    with database.connect("publisher") as connection:
        connection.execute("update serving.publications set state = 'checked' where state = 'building'")
    publish_recommendations(context_of(home, database, run_id, "publish_recommendations"))
    publication_id = result.details["publication_id"]
    assert isinstance(publication_id, int)
    return publication_id


def lists(database: Database, publication_id: int) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    with database.connect("publisher") as connection:
        for person, product_id in connection.execute(
            """
            select person_key::text, product_id from serving.recommendation_rows
            where publication_id = %s order by person_key, rank
            """,
            [publication_id],
        ):
            found[person].append(product_id)
    return found


def try_changes(home: Settings, bank: Database, folder: Path, text: str = CHANGES) -> Tried:
    path = folder / "limits.csv"
    path.write_text(text)
    return compare_limits(home, bank, popular_products(), read_limit_changes(path), path.name, no_progress)


@pytest.mark.parametrize("cells", [block_size._CELLS, 7 * len(PRODUCTS)])
def test_trial_equals_an_actual_run_with_the_changed_catalogue_and_writes_nothing(
    home: Settings, bank: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: int
) -> None:
    monkeypatch.setattr(block_size, "_CELLS", cells)
    before = table_contents(bank)
    tried = try_changes(home, bank, tmp_path)
    assert table_contents(bank) == before
    with bank.connect("transform") as connection:
        connection.execute(IN_SQL)
    second = publish(home, bank, "second")
    was, is_then = lists(bank, 1), lists(bank, second)
    people = was.keys() | is_then.keys()
    trial = tried.trial
    assert trial.n_persons == N_PERSONS
    assert trial.n_lists_changed == sum(was.get(one, []) != is_then.get(one, []) for one in people) > 0
    assert trial.n_lists_emptied == len(was.keys() - is_then.keys())
    assert trial.n_lists_filled == len(is_then.keys() - was.keys())
    refused, refused_then = refused_pairs(bank, 1), refused_pairs(bank, second)
    pairs, pairs_then = ({pair[:2] for pair in those} for those in (refused, refused_then))
    for product in trial.products:
        name = product.product_id
        now_refused = {pair for pair in pairs_then - pairs if pair[1] == name}
        now_permitted = {pair for pair in pairs - pairs_then if pair[1] == name}
        assert (product.n_refused, product.n_permitted) == (len(now_refused), len(now_permitted))
        assert product.refused_by == Counter(rule for *pair, rule, _ in refused_then if tuple(pair) in now_refused)
        assert product.permitted_by == Counter(rule for *pair, rule, _ in refused if tuple(pair) in now_permitted)
        assert product.rows_before == product.n_published == sum(name in one for one in was.values())
        assert product.rows_after == sum(name in one for one in is_then.values())
        assert product.n_published_gone == sum((person, name) in pairs_then for person in was if name in was[person])
    by_name = {product.product_id: product for product in trial.products}
    assert by_name["loan"].n_refused > 0 < by_name["loan"].n_published_gone
    assert by_name["savings"].n_permitted > 0
    assert by_name["fund"].n_permitted > 0
    assert not by_name["student"].refused_by
    with bank.connect("engineer") as connection:
        row = connection.execute(
            "select rules_version from serving.publications where publication_id = %s", [second]
        ).fetchone()
    assert row == (tried.rules_version,)


def test_command_tells_what_would_change(
    home: Settings, bank: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "limits.toml").write_text("[loan]\nmin_annual_income = 450_000\n")
    monkeypatch.setattr(limit_trial, "load_champion", lambda settings: Champion("1", popular_products(), {}))
    runner = CliRunner(env={"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name})
    words = ["rules", "try", str(tmp_path / "limits.toml")]
    shown = runner.invoke(app, words, catch_exceptions=False)
    told = json.loads(runner.invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    (loan,) = [one for one in told["products"] if one["product_id"] == "loan"]
    assert set(loan["refused_by"]) == {"income"}
    assert f"income {loan['n_refused']:,}" in shown.output
    assert f"Of {told['n_persons']:,} customers {told['n_lists_changed']:,} would get another list" in shown.output
    assert "Nothing was changed." in shown.output
    (warning,) = told["warnings"]
    assert (warning["rule"], warning["product_ids"]) == ("income", ["loan"])
    assert warning["share"] > home.max_rule_share
    assert shown.output.startswith("Warning: income refuses loan to ")
    assert "See whether the limit of loan is meant: It asks for a yearly income of at least 450,000." in shown.output


def test_without_a_publication_the_lists_are_compared_all_the_same(
    home: Settings, database: Database, tmp_path: Path
) -> None:
    build_marts(database)
    begin_run(home, database, "first")
    tried = try_changes(home, database, tmp_path)
    assert tried.publication_id is None
    assert tried.trial.n_lists_changed > 0
    assert {one.n_published for one in tried.trial.products} == {0}


def test_product_or_file_that_is_not_there_is_named(home: Settings, bank: Database, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="line 2, yacht, min_age: the catalogue has no product yacht"):
        try_changes(home, bank, tmp_path, "product_id,min_age\nyacht,21\n")
    with pytest.raises(FeedFileError, match=r"gone\.csv cannot be read"):
        read_limit_changes(tmp_path / "gone.csv")
    with pytest.raises(FeedFileError, match=r"limits\.xlsx is neither"):
        read_limit_changes(tmp_path / "limits.xlsx")
    (tmp_path / "latin.csv").write_bytes("product_id,min_age\nlöan,21\n".encode("latin-1"))
    with pytest.raises(FeedFileError, match="not written in UTF-8"):
        read_limit_changes(tmp_path / "latin.csv")
