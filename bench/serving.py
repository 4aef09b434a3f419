"""Requests per second of the API, beside a constant route behind the same token and middleware, and how long one waits.

    python -m bench.serving --customers 1000000 --out serving.json

A PostgreSQL and an API of their own run for as long as it takes, in a temporary home.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench import command
from bench.api_process import ApiProcess, running_api
from bench.asking import Answer, Plan, asked
from bench.connections import count_connections, watched_connections
from bench.old_or_new import Switch, judge
from bench.served_bank import make_bank, publish, write_publication
from recsys.io import cluster, migrate
from recsys.io.postgres import Database, open_database
from recsys.settings import Settings

LIST, CONSTANT = "/v1/customers/{customer_id}/recommendations", "/bench/customers/{customer_id}/constant"
CONSTANT_ON_LOOP = f"{CONSTANT}-on-loop"
RATE, CALLERS = 200, 8
# So many that none of them has to wait for its own last answer, as long as one takes less than a quarter of a second.
CALLERS_AT_A_RATE = 50
N_CUSTOMER_TOKENS = 500


def measure(n: int, *, turns: int = 3, closed_seconds: float = 20, open_seconds: float = 600) -> dict[str, Any]:
    """The routes by turns as fast as they go, then two at a rate, `n` customers; a publish falls into the latter."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        cluster.start(settings)
        try:
            migrate.prepare_database(settings)
            database = open_database(settings)
            old = make_bank(settings, database, n)
            new = write_publication(database, n, seed=8)
            with running_api(settings) as api:
                plan = _plan(api, n)
                figures = {
                    "customers": n,
                    "closed": _closed(plan, turns, closed_seconds),
                    "open": _open(api, database, plan, open_seconds, old, new),
                }
            return figures | {"connections_after_the_end": count_connections(database)}
        finally:
            cluster.stop(settings)


def _plan(api: ApiProcess, n: int) -> Plan:
    tokens = api.customer_tokens(min(n, N_CUSTOMER_TOKENS))
    return Plan(api.url, LIST, n, api.system_token(), tokens, seconds=0, callers=CALLERS)


def _closed(plan: Plan, turns: int, seconds: float) -> dict[str, Any]:
    """Requests/s of each route, the same callers by turns, after a turn that is not counted."""
    counted = {LIST: 0, CONSTANT: 0, CONSTANT_ON_LOOP: 0}
    errors = 0
    for number in range(turns + 1):
        for path in counted:
            turn = replace(plan, path=path, seconds=seconds if number else min(seconds, 5.0), seed=number)
            with asked(turn) as answers:
                statuses = [answer.status for answer in answers]
            if number:
                counted[path] += len(statuses)
                errors += sum(status not in (200, 404) for status in statuses)
    rates = {path: n / seconds / turns for path, n in counted.items()}
    return {
        "callers": plan.callers,
        "list_per_second": round(rates[LIST]),
        "constant_per_second": round(rates[CONSTANT]),
        "on_loop_per_second": round(rates[CONSTANT_ON_LOOP]),
        "ratio": round(rates[LIST] / rates[CONSTANT], 3),
        "errors": errors,
    }


def _open(api: ApiProcess, database: Database, plan: Plan, seconds: float, old: int, new: int) -> dict[str, Any]:
    """How long one waits at a rate, on both routes; in the middle of the list's turn the next publication comes."""
    plan = replace(plan, rate=RATE, callers=CALLERS_AT_A_RATE, seconds=seconds)
    with asked(replace(plan, path=CONSTANT, seconds=min(seconds, 60.0))) as answers:
        constant = list(answers)
    memory = [api.memory_mb()]
    switches: list[Switch] = []

    def publish_in_the_middle() -> None:
        time.sleep(seconds / 2)
        began = time.monotonic()
        publish(database, new)
        switches.append(Switch(old, new, began, time.monotonic()))

    plan = replace(plan, keeps_answers=True)
    with watched_connections(database) as connections, asked(plan, publish_in_the_middle) as answers:
        listed = list(answers)
    (switch,) = switches
    memory.append(api.memory_mb())
    with database.connect("admin") as connection:
        verdicts = judge(connection, listed, switch)
    return {
        "rate": RATE,
        "seconds": seconds,
        "requests": len(listed),
        "errors": sum(answer.status not in (200, 404) for answer in (*listed, *constant)),
        "list_ms": _percentiles(listed),
        "constant_ms": _percentiles(constant),
        "while_publishing_ms": _percentiles([one for one in listed if switch.began <= one.at <= switch.ended + 1]),
        "publish_seconds": round(switch.ended - switch.began, 3),
        "answers": dict(verdicts),
        "connections": {
            "permitted": api.settings.api_connections,
            "most": connections.opened,
            "left_in_transaction": connections.left_in_transaction,
            "looks": connections.looks,
        },
        "memory_mb": [round(value) for value in memory],
    }


def _percentiles(answers: list[Answer]) -> dict[str, float]:
    waited = np.array([answer.seconds for answer in answers]) * 1000
    names = {"p50": 50, "p95": 95, "p99": 99, "p99.9": 99.9, "most": 100}
    return {name: round(float(np.percentile(waited, share)), 2) for name, share in names.items()}


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 100_000)
