from __future__ import annotations

import json
from pathlib import Path

from tests.integration.small_feed import with_line, write_small_feed
from typer.testing import CliRunner

from recsys.cli.main import app


def test_good_feed_is_accepted(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["feed", "check", str(write_small_feed(tmp_path))])
    assert result.exit_code == 0
    assert "The feed is accepted." in result.output


def test_bad_feed_ends_with_1_and_says_where(tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path, with_line("holdings.csv", "c1,p9,2024-01-01,,"))
    result = CliRunner().invoke(app, ["feed", "check", str(feed)])
    assert result.exit_code == 1
    assert "holdings.csv, line 5, column product_id, rule unknown_reference" in result.output


def test_what_refuses_the_feed_comes_first_and_the_verdict_last(tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path, with_line("holdings.csv", "c1,p9,2024-01-01,,"))
    output = CliRunner().invoke(app, ["feed", "check", str(feed)]).output
    assert output.index("rows break the feed contract") < output.index("  holdings.csv, line 5")
    assert output.endswith("The feed is refused.\n")
    assert "not listed" not in output


def test_problems_that_are_not_listed_are_counted_per_table(tmp_path: Path) -> None:
    changes = with_line("customers.csv", "\n".join(["c1"] * 3)) | with_line(
        "holdings.csv", "\n".join(["c1,p9,2024-01-01,,"] * 30)
    )
    output = CliRunner().invoke(app, ["feed", "check", str(write_small_feed(tmp_path, changes))]).output
    assert sum(line.startswith("  ") and ", line " in line for line in output.splitlines()) == 20
    assert "  Bad rows that are not listed: holdings.csv 13.\n" in output


def test_json_holds_counts_problems_and_errors(tmp_path: Path) -> None:
    changes = with_line("holdings.csv", "c1,p9,2024-01-01,,") | {"surveys.csv": "response_id\n"}
    result = CliRunner().invoke(app, ["feed", "check", str(write_small_feed(tmp_path, changes)), "--json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["is_accepted"] is False
    assert report["tables"]["holdings"]["quarantined"] == 1
    assert report["problems"][0]["line"] == 5
    assert "surveys.csv, line 1, column customer_id, rule missing_column" in report["errors"][1]["message"]


def test_columns_beyond_the_contract_are_said_to_be_features_or_why_not(tmp_path: Path) -> None:
    manifest = "".join(
        f'[columns.{table}]\ncolour = {{type = "text", class = "keep", purpose = "feature"}}\n'
        for table in ("customers", "holdings")
    )
    feed = write_small_feed(tmp_path)
    with (feed / "feed.toml").open("a") as file:
        file.write(manifest)
    said = " ".join(CliRunner().invoke(app, ["feed", "check", str(feed)]).output.split())
    assert "Columns beyond the contract that become features: 1 (customers.colour)." in said
    assert "holdings.colour is declared as a feature and becomes none: no feature is made of own columns of" in said
    report = json.loads(CliRunner().invoke(app, ["feed", "check", str(feed), "--json"]).stdout)
    assert report["declared_features"] == ["customers.colour"]
    assert list(report["unread_features"]) == ["holdings.colour"]


def test_page_is_printed() -> None:
    result = CliRunner().invoke(app, ["feed", "page"])
    assert result.output.startswith("# The feed contract")


def test_feed_that_lets_nobody_be_profiled_is_warned_of(tmp_path: Path) -> None:
    feed = write_small_feed(tmp_path / "without")
    assert "nobody would be profiled" in CliRunner().invoke(app, ["feed", "check", str(feed)]).output
    consents = {"consents.csv": "customer_id,purpose,is_granted,recorded_at\nc1,profiling,true,2024-01-01\n"}
    feed = write_small_feed(tmp_path / "with", consents)
    assert "nobody" not in CliRunner().invoke(app, ["feed", "check", str(feed)]).output
    other = {"feed.toml": 'name = "small"\nas_of = 2024-12-31\nlegal_basis = "legitimate_interest"\n'}
    feed = write_small_feed(tmp_path / "other", other)
    assert json.loads(CliRunner().invoke(app, ["feed", "check", str(feed), "--json"]).output)["warnings"] == []
