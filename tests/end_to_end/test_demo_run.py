from __future__ import annotations

import pandas as pd
import pytest
from tests.installation import Installation

from recsys.steps.registry import STEPS

TOP_N = 5


@pytest.fixture(scope="session")
def published(demo: Installation) -> pd.DataFrame:
    with demo.database.connect("downstream") as connection:
        cursor = connection.execute("select * from serving.recommendations")
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


@pytest.fixture(scope="session")
def eliminated(demo: Installation) -> pd.DataFrame:
    with demo.database.connect("admin") as connection:
        rows = connection.execute("select customer_id, product_id, rule from serving.refusals").fetchall()
    return pd.DataFrame(rows, columns=["customer_id", "product_id", "rule"])


@pytest.fixture(scope="session")
def customers(demo: Installation) -> pd.DataFrame:
    """The latest version of every customer whom the pipeline kept, from the feed itself."""
    frame = pd.read_csv(demo.feed / "customers.csv", dtype=str)
    spelled = pd.read_csv(demo.feed / "truth" / "spellings.csv", dtype={"clean": str})
    for line, column, clean in spelled.loc[spelled.table == "customers", ["line", "column", "clean"]].itertuples(
        index=False
    ):
        # Written as people spell it: what it means is what the rules must see.
        frame.loc[line - 2, column] = clean
    frame = frame.sort_values("valid_from", na_position="first")
    with demo.database.connect("admin") as connection:
        kept = {row[0] for row in connection.execute("select customer_id from identity.customers")}
    latest = frame.drop_duplicates("customer_id", keep="last")
    return latest[latest.customer_id.isin(kept)].set_index("customer_id")


@pytest.fixture(scope="session")
def products(demo: Installation) -> pd.DataFrame:
    return pd.read_csv(demo.feed / "products.csv", dtype=str).set_index("product_id")


def test_every_step_ran_and_left_its_figures(demo: Installation) -> None:
    (run, *_) = demo.json("runs")
    with demo.database.connect("engineer") as connection:
        steps = connection.execute(
            """
            select step, state, row_count, peak_memory_bytes from ops.step_runs
            where run_id = %s order by step_run_id
            """,
            [run["run_id"]],
        ).fetchall()
    assert [row[0] for row in steps] == [step.name for step in STEPS]
    assert {row[1] for row in steps} == {"succeeded"}
    assert all(row[2] is not None and row[3] > 0 for row in steps)


def test_every_customer_has_all_rows_or_a_stored_reason_why_not(
    customers: pd.DataFrame, products: pd.DataFrame, published: pd.DataFrame, eliminated: pd.DataFrame
) -> None:
    n_rows = published.groupby("customer_id").size().reindex(customers.index, fill_value=0)
    n_eliminated = eliminated.groupby("customer_id").product_id.nunique().reindex(customers.index, fill_value=0)
    expected = (len(products) - n_eliminated).clip(upper=TOP_N)
    assert n_rows.equals(expected)
    assert (n_rows == TOP_N).mean() > 0.5


def test_ranks_are_dense_and_scores_fall(published: pd.DataFrame) -> None:
    ordered = published.sort_values(["customer_id", "rank"])
    assert (ordered.groupby("customer_id").cumcount() + 1 == ordered["rank"]).all()
    assert (ordered.groupby("customer_id").score.diff().dropna() <= 0).all()


def test_no_row_breaks_an_age_income_or_country_limit(
    customers: pd.DataFrame, products: pd.DataFrame, published: pd.DataFrame
) -> None:
    rows = (
        published.drop(columns="language")
        .join(customers, on="customer_id")
        .join(products, on="product_id", rsuffix="_of_product")
    )
    as_of = pd.to_datetime(rows.as_of)
    born = pd.to_datetime(rows.birth_date)
    birthday_passed = (as_of.dt.month > born.dt.month) | (
        (as_of.dt.month == born.dt.month) & (as_of.dt.day >= born.dt.day)
    )
    age = as_of.dt.year - born.dt.year - (~birthday_passed).astype(int)
    limited = rows.min_age.notna()
    assert limited.any()
    assert (age[limited] >= rows.min_age[limited].astype(float)).all()
    limited = rows.max_age.notna()
    assert (age[limited] <= rows.max_age[limited].astype(float)).all()
    limited = rows.min_annual_income.notna()
    assert limited.any()
    assert (rows.annual_income[limited].astype(float) >= rows.min_annual_income[limited].astype(float)).all()
    limited = rows.countries.notna()
    assert all(
        country in countries.split("|")
        for country, countries in zip(rows.country[limited], rows.countries[limited], strict=True)
    )


def test_nobody_is_offered_what_they_hold(demo: Installation, published: pd.DataFrame) -> None:
    holdings = pd.read_csv(demo.feed / "holdings.csv", dtype=str)
    open_ones = holdings[holdings.closed_at.isna()]
    both = published.merge(open_ones, on=["customer_id", "product_id"])
    assert both.empty


def test_withdrawn_and_future_products_are_offered_to_nobody(products: pd.DataFrame, published: pd.DataFrame) -> None:
    as_of = str(published.as_of.iloc[0])
    gone = products[(products.withdrawn_at <= as_of) | (products.launched_at > as_of)]
    assert len(gone) > 0
    assert not published.product_id.isin(gone.index).any()


def test_without_profiling_consent_only_popularity_speaks(demo: Installation, published: pd.DataFrame) -> None:
    consents = pd.read_csv(demo.feed / "consents.csv", dtype=str)
    profiling = consents[consents.purpose == "profiling"]
    never_granted = set(profiling.customer_id) - set(profiling[profiling.is_granted.isin(["true", "1"])].customer_id)
    reasons = published[published.customer_id.isin(never_granted)].reasons
    with_aliases = _persons_of_several_ids(demo)
    alone = published[published.customer_id.isin(never_granted - with_aliases)].reasons
    assert len(reasons) > 0
    # Of the product alone: it is popular, or what it is made for.
    impersonal = ("Popular with customers", "Beliebt bei Kundinnen und Kunden", "Made for ", "Gedacht für ")
    said = {reason for row in alone for reason in row}
    assert all(reason.startswith(impersonal) for reason in said), said
    assert {"Popular with customers of this bank", "Made for larger purchases"} <= said


def _persons_of_several_ids(demo: Installation) -> set[str]:
    with demo.database.connect("admin") as connection:
        rows = connection.execute(
            """
            select customer_id from identity.customers
            where person_key in (select person_key from identity.customers group by person_key having count(*) > 1)
            """
        )
        return {row[0] for row in rows}


def test_downstream_reads_one_customer_by_the_url_that_the_command_line_gives(
    demo: Installation, published: pd.DataFrame
) -> None:
    import psycopg

    url = demo.recsys("db", "url", "--role", "downstream").stdout.strip()
    customer_id = published.customer_id.iloc[0]
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select rank from serving.recommendations where customer_id = %s order by rank", [customer_id]
        ).fetchall()
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))


def test_recommend_tells_a_customer_story(demo: Installation, published: pd.DataFrame) -> None:
    first = published[published["rank"] == 1].iloc[0]
    shown = demo.recsys("recommend", first.customer_id).stdout
    assert first.product_name.split()[0] in shown
    unknown = demo.recsys("recommend", "nobody", check=False)
    assert unknown.returncode == 1
    assert "Traceback" not in unknown.stderr


def test_second_run_on_the_same_feed_publishes_the_same_rows(demo: Installation, published: pd.DataFrame) -> None:
    demo.recsys("run", "--local", "--train", "always")
    with demo.database.connect("downstream") as connection:
        again = connection.execute(
            "select customer_id, rank, product_id, score, reasons from serving.recommendations order by 1, 2"
        ).fetchall()
    columns = ["customer_id", "rank", "product_id", "score", "reasons"]
    before = published.sort_values(["customer_id", "rank"])[columns]
    assert [tuple(row) for row in again] == [tuple(row) for row in before.itertuples(index=False)]
