"""Callers of the API, by locust, in a process of their own: `python -m bench.callers PLAN.json`.

Without a rate every caller asks again as soon as it has its answer (closed loop). With one, requests have their moments
beforehand, and what one waits for is counted from its moment: a slow answer delays nobody's clock (open loop).
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import gevent
from locust import FastHttpUser, task
from locust.env import Environment
from locust.exception import StopUser

from bench.asking import ASKING, Plan, customer_id

# Until all of them are there.
_SECONDS_TO_GATHER = 1.0


class Caller(FastHttpUser):
    """Asks for customers at random and writes down what it was answered."""

    plan: Plan
    begins_at: float
    answers: TextIO
    numbers = itertools.count()

    def on_start(self) -> None:
        """Each has a number, and with it its share of the moments."""
        number = next(self.numbers)
        self.random = random.Random(f"{self.plan.seed}:{number}")
        self.moments = self._moments(number) if self.plan.rate else self._at_once()

    @task
    def ask(self) -> None:
        """Once, at the next of its moments."""
        moment = next(self.moments, None)
        if moment is None:
            raise StopUser
        customer, token = self._whom()
        path = self.plan.path.format(customer_id=customer_id(customer))
        response = self.client.get(path, name=self.plan.path, headers={"Authorization": f"Bearer {token}"})
        seconds = time.monotonic() - moment
        told = _told(response.content) if self.plan.keeps_answers and response.status_code == 200 else None
        row = [moment, round(seconds, 6), response.status_code, customer, told]
        self.answers.write(f"{json.dumps(row)}\n")

    def _moments(self, number: int) -> Iterator[float]:
        for place in range(number, round(self.plan.rate * self.plan.seconds), self.plan.callers):
            moment = self.begins_at + place / self.plan.rate
            gevent.sleep(max(0.0, moment - time.monotonic()))
            yield moment

    def _at_once(self) -> Iterator[float]:
        gevent.sleep(self.begins_at - time.monotonic())
        while (moment := time.monotonic()) < self.begins_at + self.plan.seconds:
            yield moment

    def _whom(self) -> tuple[int, str]:
        """A system may ask about everybody, a customer about himself."""
        if self.random.random() < self.plan.share_of_customers:
            customer = self.random.randrange(len(self.plan.customer_tokens))
            return customer, self.plan.customer_tokens[customer]
        return self.random.randrange(self.plan.customers), self.plan.system_token


def _told(body: bytes) -> list[Any]:
    """Which publication, and what of it: what has to be of one piece."""
    told = json.loads(body)
    items = [[item[name] for name in ("rank", "product_id", "score", "reasons")] for item in told["items"]]
    return [told["publication_id"], items]


def ask(plan: Plan) -> None:
    """Let them ask until the time of `plan` is over."""
    Caller.plan, Caller.host = plan, plan.url
    Caller.begins_at = time.monotonic() + _SECONDS_TO_GATHER
    with Path(plan.answers).open("w") as Caller.answers:
        runner = Environment(user_classes=[Caller]).create_local_runner()
        runner.start(plan.callers, spawn_rate=plan.callers)
        gevent.sleep(_SECONDS_TO_GATHER)
        print(ASKING, flush=True)
        while runner.user_count:
            gevent.sleep(0.05)
        runner.quit()


if __name__ == "__main__":
    ask(Plan.read(Path(sys.argv[1])))
