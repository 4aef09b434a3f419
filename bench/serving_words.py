"""What the measurement of the API says in docs/performance.md."""

from __future__ import annotations

from typing import Any

from bench.markers import table, with_verdict

_TEXT = """
`GET /v1/customers/{{customer_id}}/recommendations` of one process of the API, with {customers:,} customers in the
tables and two publications of all of them. Four of five requests are a system's about anybody, one is a customer's
about himself, by a token of his own. The constant route is behind the same middleware, tokens, rate limits and
admission, is written as the API's other routes are, and answers the same bytes each time. They run in threads and
lists on the event loop, so once more it was asked without a thread, which is the least that any route can take. Callers
(locust), API and PostgreSQL share the machine. As fast as they go, the routes were asked by turns. At a rate, a request
waits from the moment that it had beforehand, so that one slow answer makes no other look quick.

{figures}

For {minutes:.3g} minutes {requests:,} lists were asked for at that rate, with {errors} errors. In the middle the next
publication came, within {publish_seconds:.1f} s: {old:,} answers were all of the old one, {new:,} all of the new one,
{empty:,} rightly empty and {wrong} anything else, compared place by place with what was published. Of the {permitted}
connections that the API may have it had {most} at most; in {looks:,} looks {left} were left within a transaction, and
after its end {after} were left at all. Its memory went from {before:,} to {afterwards:,} MB.
"""
_VERDICTS = ("old", "new", "empty", "wrong")


def part_rows(served: dict[str, Any]) -> list[list[str]]:
    """What has a target, beside the constant route."""
    closed, opened = served["closed"], served["open"]
    wrong = opened["errors"] + closed["errors"] + opened["answers"].get("wrong", 0)
    lists, constant = opened["list_ms"], opened["constant_ms"]
    return [
        [
            "lists of the REST API, requests/s of one process",
            with_verdict(f"{closed['list_per_second']:,} ({closed['ratio']:.0%})", is_met=closed["ratio"] >= 0.5),
            "50% of the constant route",
            f"constant route: {closed['constant_per_second']:,}; without a thread: {closed['on_loop_per_second']:,}",
        ],
        [
            f"99 of 100 lists at {opened['rate']} requests/s of {served['customers']:,} customers, ms",
            with_verdict(f"{lists['p99']:.1f}", is_met=lists["p99"] < 20),
            "under 20",
            f"constant route: {constant['p99']:.1f}",
        ],
        [
            f"wrong answers of {opened['requests']:,}, a publish among them",
            with_verdict(str(wrong), is_met=wrong == 0),
            "0",
            "",
        ],
    ]


def sentences(served: dict[str, Any]) -> str:
    """What was asked for and what was seen, in words."""
    closed, opened = served["closed"], served["open"]
    figures = [
        ["lists", f"{closed['list_per_second']:,}", *_cells(opened["list_ms"])],
        ["constant route", f"{closed['constant_per_second']:,}", *_cells(opened["constant_ms"])],
        ["constant route without a thread", f"{closed['on_loop_per_second']:,}", *[""] * 5],
        ["lists while the next publication came", "", *_cells(opened["while_publishing_ms"])],
    ]
    at_a_rate = f"ms at {opened['rate']} requests/s: half"
    header = ["", f"requests/s, {closed['callers']} callers", at_a_rate, "95 %", "99 %", "99.9 %", "most"]
    connections, (before, afterwards) = opened["connections"], opened["memory_mb"]
    return _TEXT.format(
        customers=served["customers"],
        figures=table(header, figures),
        minutes=opened["seconds"] / 60,
        requests=opened["requests"],
        errors=opened["errors"],
        publish_seconds=opened["publish_seconds"],
        **{verdict: opened["answers"].get(verdict, 0) for verdict in _VERDICTS},
        permitted=connections["permitted"],
        most=connections["most"],
        looks=connections["looks"],
        left=connections["left_in_transaction"],
        after=served["connections_after_the_end"],
        before=before,
        afterwards=afterwards,
    ).strip()


def _cells(figures: dict[str, float]) -> list[str]:
    return [f"{figures[name]:.1f}" for name in ("p50", "p95", "p99", "p99.9", "most")]
