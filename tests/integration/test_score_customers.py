from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from recsys.io.consents import object_to_profiling, record_consent
from recsys.io.postgres import Connection, Database
from recsys.io.profiling_proof import PROMISES, prove_profiling
from recsys.io.publication_catalogue import read_publication_catalogue
from recsys.io.publication_checks import broken_promises
from recsys.io.publications import read_publication
from recsys.io.rule_facts import read_catalogue
from recsys.ranking.catalogue import Catalogue
from recsys.ranking.eligibility import UNSCORED
from recsys.ranking.rules.registry import RULES
from recsys.settings import Settings
from recsys.steps import block_size
from recsys.steps.score_customers import build_publication

from .marts_of_a_small_bank import (
    AS_OF,
    N_PERSONS,
    PRODUCTS,
    begin_run,
    build_marts,
    context_of,
    person,
    person_key,
    popular_products,
)
from .refused_pairs import refused_pairs


@pytest.fixture
def bank(home: Settings, database: Database) -> Iterator[Database]:
    build_marts(database)
    begin_run(home, database, "first")
    return database


def score(home: Settings, database: Database, run_id: str = "first") -> int:
    result = build_publication(context_of(home, database, run_id, "score_customers"), popular_products(), "1")
    publication_id = result.details["publication_id"]
    assert isinstance(publication_id, int)
    return publication_id


def broken(connection: Connection, publication_id: int, on_objection: str = "popular") -> dict[str, int]:
    return broken_promises(connection, publication_id, AS_OF, 3, cooling_off_days=90, on_objection=on_objection)


def rows_of(database: Database, table: str, publication_id: int) -> list[tuple[Any, ...]]:
    columns = {"recommendation_rows": "rank, product_id, score, reason_ids", "elimination_rows": "set_ids"}
    query = f"select person_key::text, {columns[table]} from serving.{table}_p{publication_id} order by 1, 2"
    with database.connect("publisher") as connection:
        return connection.execute(query.encode()).fetchall()


def test_everybody_has_all_rows_or_a_rule_that_says_why_not(home: Settings, bank: Database) -> None:
    publication_id = score(home, bank)
    rows = rows_of(bank, "recommendation_rows", publication_id)
    pairs = refused_pairs(bank, publication_id)
    for number in range(N_PERSONS):
        offered = [row[2] for row in rows if row[0] == person_key(number)]
        refused = {product for person, product, _, _ in pairs if person == person_key(number)}
        assert not refused & set(offered)
        assert len(offered) == min(3, len(PRODUCTS) - len(refused))
    with bank.connect("publisher") as connection:
        assert broken(connection, publication_id) == {}


def test_publication_carries_what_it_was_made_from_and_its_counts(home: Settings, bank: Database) -> None:
    publication_id = score(home, bank)
    with bank.connect("publisher") as connection:
        found = read_publication(connection, "first")
    rows = rows_of(bank, "recommendation_rows", publication_id)
    eliminations = rows_of(bank, "elimination_rows", publication_id)
    assert (found["state"], found["model_version"], found["as_of"]) == ("building", "1", AS_OF)
    assert (found["n_persons"], found["n_rows"], found["n_eliminations"]) == (N_PERSONS, len(rows), len(eliminations))
    assert sum(found["counts"]["rows_by_product"].values()) == len(rows)
    pairs = refused_pairs(bank, publication_id)
    assert {pair[2] for pair in pairs} <= {rule.name for rule in RULES} | {UNSCORED}
    counts = found["counts"]
    assert counts["refused_pairs_by_rule"] == Counter(pair[2] for pair in pairs)
    assert counts["unknown_pairs_by_rule"] == Counter(pair[2] for pair in pairs if pair[3])
    assert counts["refused_persons_by_rule"] == Counter(rule for _, rule in {(pair[0], pair[2]) for pair in pairs})
    assert counts["unknown_persons_by_rule"] == Counter(
        rule for _, rule in {(pair[0], pair[2]) for pair in pairs if pair[3]}
    )


def test_catalogue_is_kept_with_its_limits_and_comes_back_the_same(home: Settings, bank: Database) -> None:
    publication_id = score(home, bank)
    with bank.connect("publisher") as connection:
        catalogue = read_catalogue(connection, cooling_off_days=home.cooling_off_days)
        assert read_publication_catalogue(connection, publication_id) == catalogue
        assert read_publication_catalogue(connection, publication_id + 1) == Catalogue(())
    assert catalogue.products[catalogue.index["old"]].withdrawn_date is not None


def test_counts_for_operations_equal_a_recount_of_the_rows(home: Settings, bank: Database) -> None:
    publication_id = score(home, bank)
    segments = {person_key(number): person(number)["segment"] for number in range(N_PERSONS)}
    refused = Counter((pair[2], pair[1], segments[pair[0]]) for pair in refused_pairs(bank, publication_id))
    unknown = Counter((pair[2], pair[1], segments[pair[0]]) for pair in refused_pairs(bank, publication_id) if pair[3])
    with bank.connect("engineer") as connection:
        told = connection.execute(
            """
            select rule, product_id, segment, n_persons, n_refused, refused_share, n_unknown, is_current
            from ops.eliminations where publication_id = %s
            """,
            [publication_id],
        ).fetchall()
    assert {row[:3]: row[4] for row in told} == refused
    assert {row[:3]: row[6] for row in told if row[6]} == unknown
    persons = Counter(segments.values())
    assert all(row[3] == persons[row[2]] and float(row[5]) == round(row[4] / row[3], 4) for row in told)
    assert not any(row[7] for row in told)


def test_same_inputs_give_the_same_rows_whatever_the_blocks(
    home: Settings, bank: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = score(home, bank)
    rows, eliminations = (rows_of(bank, table, first) for table in ("recommendation_rows", "elimination_rows"))
    begin_run(home, bank, "second")
    monkeypatch.setattr(block_size, "_CELLS", 7 * len(PRODUCTS))
    second = score(home, bank, "second")
    assert rows_of(bank, "recommendation_rows", second) == rows
    assert rows_of(bank, "elimination_rows", second) == eliminations


def test_scoring_again_replaces_what_the_run_has_not_published(home: Settings, bank: Database) -> None:
    first, second = score(home, bank), score(home, bank)
    with bank.connect("publisher") as connection:
        publications = connection.execute("select publication_id from serving.publications").fetchall()
        left_behind = connection.execute("select to_regclass(%s)", [f"serving.recommendation_rows_p{first}"]).fetchone()
    assert publications == [(second,)]
    assert left_behind == (None,)


def test_unknown_arrears_refuse_credit_only_where_the_bank_delivers_arrears(home: Settings, bank: Database) -> None:
    def refused_credit(number: int) -> bool:
        pairs = refused_pairs(bank, score(home, bank))
        with bank.connect("publisher") as connection:
            publication_id = read_publication(connection, "first")["publication_id"]
            assert broken(connection, publication_id) == {}
        return (person_key(number), "loan", "arrears", True) in pairs

    with bank.connect("transform") as connection:
        connection.execute(
            "update marts.dim_customers set is_in_arrears = null where person_key = %s", [person_key(17)]
        )
    assert refused_credit(17)
    with bank.connect("transform") as connection:
        connection.execute("update marts.dim_customers set is_in_arrears = null")
    assert not refused_credit(17)


def test_publication_that_was_refused_goes_when_the_next_run_scores(home: Settings, bank: Database) -> None:
    refused = score(home, bank)
    begin_run(home, bank, "second")
    kept = score(home, bank, "second")
    with bank.connect("publisher") as connection:
        assert connection.execute("select publication_id from serving.publications").fetchall() == [(kept,)]
        tables = [f"serving.{table}_p{refused}" for table in ("recommendation_rows", "elimination_rows")]
        left = connection.execute("select to_regclass(name) from unnest(%s::text[]) as name", [tables]).fetchall()
        assert left == [(None,), (None,)]
        assert connection.execute("select distinct publication_id from serving.reasons").fetchall() == [(kept,)]


def test_restricted_person_is_not_even_scored(home: Settings, bank: Database) -> None:
    with bank.connect("admin") as connection:
        connection.execute(
            "insert into ops.suppressions (customer_key, reason, serves) values (%s, 'restricted', 'nothing')",
            [person_key(3)],
        )
    publication_id = score(home, bank)
    for table in ("recommendation_rows", "elimination_rows"):
        assert person_key(3) not in {row[0] for row in rows_of(bank, table, publication_id)}
    with bank.connect("publisher") as connection:
        assert broken(connection, publication_id) == {}


@pytest.mark.parametrize(
    ("sabotage", "promise"),
    [
        ("delete from serving.recommendation_rows_p{} where rank = 2", "broken_ranks"),
        ("update serving.recommendation_rows_p{} set product_id = 'old' where rank = 1", "on_sale"),
        ("update serving.recommendation_rows_p{} set product_id = 'account' where rank = 1", "already_held"),
        ("update serving.recommendation_rows_p{} set product_id = 'nothing' where rank = 1", "unknown_product"),
        ("update serving.recommendation_rows_p{} set product_id = 'fund' where rank = 1", "risk"),
        ("update serving.recommendation_rows_p{} set product_id = 'savings' where rank = 1", "country"),
        ("update serving.recommendation_rows_p{} set product_id = 'loan' where rank = 1", "age"),
        ("update serving.recommendation_rows_p{} set product_id = 'card' where rank = 1", "requires"),
        ("update serving.recommendation_rows_p{} set product_id = 'student' where rank = 1", "excludes"),
        ("update serving.recommendation_rows_p{} set product_id = 'loan' where rank = 1", "arrears"),
        ("update serving.recommendation_rows_p{} set product_id = 'student' where rank = 1", "category_cap"),
        ("update serving.recommendation_rows_p{} set product_id = 'fund' where rank = 1", "cooling_off"),
        ("update serving.recommendation_rows_p{} set product_id = 'cover' where rank = 1", "consent"),
        ("update serving.recommendation_rows_p{} set reason_ids = '{{}}' where rank = 1", "without_reason"),
        ("update serving.recommendation_rows_p{} set reason_ids = '{{99}}' where rank = 1", "without_reason"),
        ("delete from serving.elimination_rows_p{}", "unexplained_shortfalls"),
        ("update serving.recommendation_rows_p{} set person_key = gen_random_uuid() where rank = 1", "unknown_person"),
    ],
)
def test_sql_finds_rows_that_break_a_promise(home: Settings, bank: Database, sabotage: str, promise: str) -> None:
    publication_id = score(home, bank)
    with bank.connect("publisher") as connection:
        connection.execute(sabotage.format(publication_id).encode())
        assert broken(connection, publication_id)[promise] > 0
        connection.rollback()


def test_consent_that_is_withdrawn_after_the_marts_were_built_counts_at_once(home: Settings, bank: Database) -> None:
    def unpermitted() -> set[str]:
        return {pair[0] for pair in refused_pairs(bank, score(home, bank)) if pair[1:3] == ("cover", "consent")}

    def say(is_granted: bool) -> None:
        with bank.connect("officer") as connection:
            record_consent(
                connection, person_key(3), "third_party", is_granted=is_granted, on_withdrawal="popular", channel="app"
            )

    never_allowed = {person_key(number) for number in range(N_PERSONS) if number % 3}
    assert unpermitted() == never_allowed
    say(is_granted=False)
    assert unpermitted() == {*never_allowed, person_key(3)}
    with bank.connect("publisher") as connection:
        publication_id = read_publication(connection, "first")["publication_id"]
        assert broken(connection, publication_id) == {}
        planted = "update serving.recommendation_rows_p{} set product_id = 'cover' where rank = 1 and person_key = '{}'"
        connection.execute(planted.format(publication_id, person_key(3)).encode())
        assert broken(connection, publication_id)["consent"] == 1
        connection.rollback()
    say(is_granted=True)
    assert unpermitted() == never_allowed


def test_withdrawal_that_the_bank_s_systems_have_taken_back_since_counts_no_more(
    home: Settings, bank: Database
) -> None:
    with bank.connect("admin") as connection:
        connection.execute(
            "insert into ops.consents (customer_key, purpose, is_granted, recorded_at, channel)"
            " values (%s, 'third_party', false, '2025-12-31', 'app')",
            [person_key(3)],
        )
    pairs = refused_pairs(bank, score(home, bank))
    assert (person_key(3), "cover", "consent") not in {pair[:3] for pair in pairs}


@pytest.mark.parametrize(
    ("allowed", "withdrawn", "is_refused"),
    [
        ("marketing_email", "marketing", True),
        ("marketing_email", "marketing_sms", False),
        ("marketing", "marketing_email", False),
        ("third_party", "marketing", False),
    ],
)
def test_whoever_withdraws_all_marketing_withdraws_its_channels(
    home: Settings, bank: Database, allowed: str, withdrawn: str, is_refused: bool
) -> None:
    with bank.connect("transform") as connection:
        connection.execute("update marts.dim_products set consent_purpose = %s where product_id = 'cover'", [allowed])
        connection.execute(
            "update marts.dim_customers set granted_purposes = array[%s], granted_at = array[now()]", [allowed]
        )
    with bank.connect("officer") as connection:
        record_consent(connection, person_key(5), withdrawn, is_granted=False, on_withdrawal="popular", channel="app")
    publication_id = score(home, bank)
    assert ((person_key(5), "cover", "consent", False) in refused_pairs(bank, publication_id)) is is_refused
    with bank.connect("publisher") as connection:
        assert broken(connection, publication_id) == {}


def refuse_profiling(database: Database, number: int, serves: str = "popular") -> None:
    with database.connect("officer") as connection:
        object_to_profiling(connection, person_key(number), serves)


def test_whoever_objects_after_the_marts_were_built_gets_popular_products_and_it_is_counted(
    home: Settings, bank: Database
) -> None:
    refuse_profiling(bank, 3)
    context = context_of(home, bank, "first", "score_customers")
    result = build_publication(context, popular_products(), "1")
    n_refusing = len([number for number in range(N_PERSONS) if number % 7 == 0]) + 1
    proof = result.details["profiling"]
    assert isinstance(proof, dict)
    assert proof["persons_not_to_profile"] == n_refusing
    assert proof["persons_who_objected_or_withdrew"] == 1
    assert proof["got_popular_products"] + proof["got_nothing"] == n_refusing
    assert {proof[promise] for promise in PROMISES} == {0}
    publication_id = result.details["publication_id"]
    assert isinstance(publication_id, int)
    rows = rows_of(bank, "recommendation_rows", publication_id)
    # The champion is popularity too here; who is not profiled has a reason of its own, which says the same.
    said = [{tuple(row[4]) for row in rows if row[0] == person_key(number)} for number in (3, 4)]
    assert said[0]
    assert said[0].isdisjoint(said[1])


def objecting(database: Database, publication_id: int) -> set[str]:
    """Persons to whom every product is refused because they object."""
    told = Counter(pair[0] for pair in refused_pairs(database, publication_id) if pair[2] == "objection")
    assert set(told.values()) <= {len(PRODUCTS)}
    return set(told)


def test_whoever_objects_where_the_bank_then_offers_nothing_is_refused_everything_by_a_rule(
    home: Settings, bank: Database
) -> None:
    refuse_profiling(bank, 3, "nothing")
    refuse_profiling(bank, 4)
    publication_id = score(home, bank)
    assert objecting(bank, publication_id) == {person_key(3)}
    rows = rows_of(bank, "recommendation_rows", publication_id)
    assert person_key(3) not in {row[0] for row in rows}
    assert person_key(4) in {row[0] for row in rows}
    with bank.connect("publisher") as connection:
        proof = prove_profiling(connection, publication_id, "popular")
        assert broken(connection, publication_id) == {}
    told = ("persons_who_object", "object_and_got_popular_products", "object_and_got_nothing")
    assert [proof[count] for count in told] == [2, 1, 1]
    assert (proof["object_and_are_refused_by_rule"], proof["persons_to_show_nothing"]) == (1, 1)
    assert {proof[promise] for promise in PROMISES} == {0}


def test_setting_holds_for_whoever_refused_profiling_in_the_feed_or_before_it_was_set(
    home: Settings, bank: Database
) -> None:
    with bank.connect("transform") as connection:
        connection.execute(
            "update marts.dim_customers set refused_purposes = array['profiling'], has_profiling_consent = false"
            " where person_key = %s",
            [person_key(5)],
        )
    refuse_profiling(bank, 4)
    # 7 was never asked.
    publication_id = score(home.model_copy(update={"on_objection": "nothing"}), bank)
    assert objecting(bank, publication_id) == {person_key(4), person_key(5)}
    with bank.connect("publisher") as connection:
        proof = prove_profiling(connection, publication_id, "nothing")
        assert broken(connection, publication_id, "nothing") == {}
        assert (proof["object_and_are_refused_by_rule"], proof["object_and_got_nothing"]) == (2, 2)
        assert {proof[promise] for promise in PROMISES} == {0}
        planted = "update serving.recommendation_rows_p{} set person_key = '{}' where person_key = '{}' and rank = 1"
        connection.execute(planted.format(publication_id, person_key(5), person_key(6)).encode())
        assert broken(connection, publication_id, "nothing")["objection"] == 1
        assert prove_profiling(connection, publication_id, "nothing")["shown_though_suppressed"] == 1
        connection.rollback()


def test_an_objection_that_no_rule_tells_of_is_found(home: Settings, bank: Database) -> None:
    refuse_profiling(bank, 3, "nothing")
    publication_id = score(home, bank)
    hushed = "delete from serving.elimination_rows_p{} where person_key = '{}'"
    with bank.connect("publisher") as connection:
        connection.execute(hushed.format(publication_id, person_key(3)).encode())
        assert prove_profiling(connection, publication_id, "popular")["objections_without_rule"] == 1
        connection.rollback()


@pytest.mark.parametrize(
    "sabotage",
    [
        "update serving.recommendation_rows_p{} set reason_ids = '{{0}}' where person_key = '{}'",
        "update serving.recommendation_rows_p{} set reason_ids = '{{0,1}}' where person_key = '{}'",
        "update serving.recommendation_rows_p{} set score = score + 0.01 where rank = 1 and person_key = '{}'",
        "update serving.reasons set code = 'age:30-40' where publication_id = {} and '{}' <> ''",
    ],
)
def test_one_profiled_row_of_somebody_who_objected_is_found(home: Settings, bank: Database, sabotage: str) -> None:
    refuse_profiling(bank, 3)
    publication_id = score(home, bank)
    with bank.connect("publisher") as connection:
        assert prove_profiling(connection, publication_id, "popular")["profiled_without_consent"] == 0
        connection.execute(sabotage.format(publication_id, person_key(3)).encode())
        assert prove_profiling(connection, publication_id, "popular")["profiled_without_consent"] > 0
        connection.rollback()


def test_a_row_of_somebody_to_whom_nothing_may_be_shown_is_found(home: Settings, bank: Database) -> None:
    refuse_profiling(bank, 3, "nothing")
    publication_id = score(home, bank)
    planted = "update serving.recommendation_rows_p{} set person_key = '{}' where person_key = '{}'"
    with bank.connect("publisher") as connection:
        assert prove_profiling(connection, publication_id, "popular")["persons_to_show_nothing"] == 1
        connection.execute(planted.format(publication_id, person_key(3), person_key(4)).encode())
        assert prove_profiling(connection, publication_id, "popular")["shown_though_suppressed"] == 1
        connection.rollback()
