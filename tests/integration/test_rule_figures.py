"""`recsys rules`: what the rules did, counted anew from the rows, and warnings where one went too far."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from typer.testing import CliRunner, Result

from recsys.cli.main import app
from recsys.io.postgres import Database
from recsys.io.publications import read_publication
from recsys.ranking.rules.registry import RULES
from recsys.settings import Settings
from recsys.steps.check_recommendations import check_recommendations
from recsys.steps.publish_recommendations import publish_recommendations
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import begin_run, build_marts, context_of, popular_products
from .refused_pairs import refused_pairs


@pytest.fixture
def bank(home: Settings, database: Database) -> Database:
    build_marts(database)
    with database.connect("transform") as connection:
        connection.execute("update marts.dim_products set min_annual_income = 68000 where product_id = 'loan'")
    begin_run(home, database, "first")
    build_publication(context_of(home, database, "first", "score_customers"), popular_products(), "1")
    check_recommendations(context_of(home, database, "first", "check_recommendations"))
    publish_recommendations(context_of(home, database, "first", "publish_recommendations"))
    return database


def recsys(home: Settings, *words: str, **environment: str) -> Result:
    known = {"RECSYS_HOME": str(home.home), "RECSYS_DATABASE_NAME": home.database_name}
    return CliRunner(env=known | environment).invoke(app, list(words), catch_exceptions=False)


def test_figures_equal_a_recount_of_the_rows(home: Settings, bank: Database) -> None:
    told = json.loads(recsys(home, "rules", "--json").stdout)
    pairs = refused_pairs(bank, told["publication_id"])
    n_pairs = Counter(pair[2] for pair in pairs)
    n_unknown = Counter(pair[2] for pair in pairs if pair[3])
    n_persons = Counter(rule for _, rule in {(pair[0], pair[2]) for pair in pairs})
    assert [one["rule"] for one in told["rules"]] == [rule.name for rule in RULES]
    for one in told["rules"]:
        figures = one["n_pairs"], one["n_unknown"], one["n_persons"]
        assert figures == (n_pairs[one["rule"]], n_unknown[one["rule"]], n_persons[one["rule"]])
        assert one["share"] == one["n_persons"] / told["n_persons"]
        assert one["source"]


def test_rule_that_leaves_a_product_to_nearly_nobody_is_the_first_thing_told(home: Settings, bank: Database) -> None:
    expected = "income refuses loan to 97.5% of 40 persons. See whether the limit of loan is meant"
    output = recsys(home, "rules").stdout
    assert output.startswith(f"Warning: {expected}")
    assert "on_sale refuses" not in output
    with bank.connect("publisher") as connection:
        (warning,) = read_publication(connection, "first")["counts"]["checks"]["rule_warnings"]
    assert warning.startswith(expected)
    assert "Warning" not in recsys(home, "rules", RECSYS_MAX_RULE_SHARE="0.98").stdout


def test_before_anything_is_published_there_is_nothing_to_tell(home: Settings, database: Database) -> None:
    result = recsys(home, "rules")
    assert result.exit_code == 1
    assert "Nothing was published yet" in result.stderr
