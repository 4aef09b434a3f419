"""What is published: the product mix, the rules and the scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from recsys.api.pages.operations.figure import Figure, Table
from recsys.api.pages.operations.rule_names import rule_name
from recsys.api.pages.operations.voice import Voice
from recsys.io.postgres import Connection
from recsys.io.reporting import Row, read_eliminations, read_product_mix, read_rules, read_scores
from recsys.monitoring.plots.bars import Bar, bars
from recsys.monitoring.plots.heat import Cell, heat
from recsys.monitoring.plots.look import Look, Told
from recsys.monitoring.plots.stacked import Part, stacked
from recsys.monitoring.plots.strips import Bin, strips


def product_mix(connection: Connection, voice: Voice) -> Figure | None:
    """How often each product is recommended, against the publication before."""
    _ = voice.gettext
    rows = read_product_mix(connection)
    # The most frequent first: of a bank of a few persons nothing is told.
    if not rows or not rows[0]["rows_share"]:
        return None
    first = rows[0]
    title = _("%(product)s is recommended most: %(share)s of all recommendations") % {
        "product": first["product_name"],
        "share": voice.share(first["rows_share"]),
    }
    note = _("Share of all recommendations.")
    if first["previous_publication_id"] is not None:
        note = _("Bar: share of all recommendations now. Line: in the publication before.") + " "
        note += _largest_move(voice, rows)
    table = Table(
        _("Recommendations by product"),
        (_("Product"), _("In lists"), _("Share"), _("Change in points"), _("First in lists"), _("Share of firsts")),
        [
            (
                row["product_name"],
                voice.number(row["n_rows"]),
                voice.share(row["rows_share"]),
                voice.points(row["rows_share_change"]),
                voice.number(row["n_first"]),
                voice.share(row["first_share"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4, 5}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        shown = [
            Bar(row["product_name"], row["rows_share"], voice.share(row["rows_share"]), row["previous_rows_share"])
            for row in rows
        ]
        return bars(shown, told, look)

    return Figure("product-mix", Told(title, note), table, "product_mix", draw)


def rules(connection: Connection, voice: Voice) -> Figure | None:
    """To how many persons each rule refuses anything, and for want of what is known."""
    _ = voice.gettext
    rows = read_rules(connection)
    told_rows = [row for row in rows if row["refused_share"] is not None]
    if not told_rows:
        return None
    unknown = max(told_rows, key=lambda row: row["unknown_share"] or 0)
    title = _("Where a rule says no for want of knowledge, it is mostly “%(rule)s”: for %(share)s of all persons") % {
        "rule": rule_name(voice, unknown["rule"]),
        "share": voice.share(unknown["unknown_share"]),
    }
    if not unknown["unknown_share"]:
        title = _("No rule says no for want of knowledge")
    note = _("Persons to whom a rule refuses at least one product, of all persons. Several rules may refuse the same.")
    known_part, unknown_part = _("by what is known"), _("something is not known")
    table = Table(
        _("Persons to whom a rule refuses at least one product"),
        (_("Rule"), _("Persons"), _("Share"), _("Of these something is not known"), _("Share")),
        [
            (
                rule_name(voice, row["rule"]),
                voice.number(row["n_refused"]),
                voice.share(row["refused_share"]),
                voice.number(row["n_unknown"]),
                voice.share(row["unknown_share"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        parts = []
        for row in told_rows:
            name, without = rule_name(voice, row["rule"]), row["unknown_share"] or 0.0
            parts.append(Part(name, known_part, row["refused_share"] - without))
            parts.append(Part(name, unknown_part, without, total=voice.share(row["refused_share"], 0)))
        return stacked(parts, [known_part, unknown_part], told, look)

    return Figure("rules", Told(title, note), table, "rules", draw)


def eliminations(connection: Connection, voice: Voice) -> Figure | None:
    """Which rule takes which product from how many."""
    _ = voice.gettext
    rows = [row for row in read_eliminations(connection) if row["n_refused"]]
    if not rows:
        return None
    by_rule: Counter[str] = Counter()
    for row in rows:
        by_rule[row["rule"]] += row["n_refused"]
    first, n_first = by_rule.most_common(1)[0]
    title = _("“%(rule)s” takes out most: %(share)s of all refusals") % {
        "rule": rule_name(voice, first),
        "share": voice.share(n_first / by_rule.total(), 0),
    }
    note = _("Share of all persons to whom the rule refuses the product. Empty: nobody, or too few to tell.")
    table = Table(
        _("Persons to whom a rule refuses a product"),
        (_("Product"), _("Rule"), _("Persons"), _("Share"), _("Of these something is not known")),
        [
            (
                row["product_name"],
                rule_name(voice, row["rule"]),
                voice.number(row["n_refused"]),
                voice.share(row["refused_share"]),
                voice.number(row["n_unknown"]),
            )
            for row in rows
        ],
        frozenset({2, 3, 4}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        order = {rule: place for place, (rule, _n) in enumerate(by_rule.most_common())}
        shown = sorted(rows, key=lambda row: (order[row["rule"]], row["product_name"]))
        cells = [Cell(row["product_name"], rule_name(voice, row["rule"]), row["refused_share"]) for row in shown]
        return heat(cells, told, look)

    return Figure("eliminations", Told(title, note), table, "eliminations_by_rule", draw)


def scores(connection: Connection, voice: Voice) -> Figure | None:
    """How the scores of recommendations are spread, all of them and by product."""
    _ = voice.gettext
    rows = [row for row in read_scores(connection) if row["n_rows"]]
    if not rows:
        return None
    title = _("Half of all recommendations score above %(score)s") % {"score": voice.number(_median(rows), 2)}
    note = _(
        "Above: all recommendations. Below: by product, the stronger the colour the more of its own. Empty: too few "
        "to tell."
    )
    table = Table(
        _("Recommendations by product and score"),
        (_("Product"), _("Score from"), _("Score to"), _("Recommendations"), _("First in lists")),
        [
            (
                row["product_name"],
                voice.number(row["score_from"], 2),
                voice.number(row["score_to"], 2),
                voice.number(row["n_rows"]),
                voice.number(row["n_first"]),
            )
            for row in rows
        ],
        frozenset({1, 2, 3, 4}),
    )

    def draw(told: Told, look: Look) -> Mapping[str, Any]:
        of_product: Counter[str] = Counter()
        for row in rows:
            of_product[row["product_name"]] += row["n_rows"]
        shown = [
            Bin(
                row["product_name"],
                row["score_from"],
                row["score_to"],
                row["n_rows"],
                row["n_rows"] / of_product[row["product_name"]],
            )
            for row in sorted(rows, key=lambda row: (-of_product[row["product_name"]], row["product_name"]))
        ]
        return strips(shown, _("Score"), told, look)

    return Figure("scores", Told(title, note), table, "score_distribution", draw)


def _largest_move(voice: Voice, rows: Sequence[Row]) -> str:
    moved = max(rows, key=lambda row: abs(row["rows_share_change"] or 0))
    if not moved["rows_share_change"]:
        return voice.gettext("Nothing moved.")
    return voice.gettext("%(product)s moved most, by %(points)s percentage points.") % {
        "product": moved["product_name"],
        "points": voice.points(moved["rows_share_change"]),
    }


def _median(rows: Sequence[Row]) -> float:
    """By the bins: from the one in which the middle lies, as far as the middle lies in it."""
    by_bin: dict[tuple[float, float], int] = {}
    for row in rows:
        edges = row["score_from"], row["score_to"]
        by_bin[edges] = by_bin.get(edges, 0) + row["n_rows"]
    left = sum(by_bin.values()) / 2
    for (begin, end), n in sorted(by_bin.items()):
        if left <= n:
            return begin + (end - begin) * left / n
        left -= n
    raise ValueError("there is no bin")
