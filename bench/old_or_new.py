"""Whether every list that was answered is all of one publication, the one that was to be read at that moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.asking import Answer
from bench.made_bank import made_catalogue
from bench.served_bank import customer_key, refused_product, refuses_marketing
from recsys.io.postgres import Connection
from recsys.io.publications import read_reasons

_AT_A_TIME = 10_000
_OLD, _NEW = 0, 1
Items = list[list[Any]]


@dataclass(frozen=True)
class Switch:
    """From one publication to the next, between two moments of the monotonic clock."""

    old: int
    new: int
    began: float
    ended: float


def judge(connection: Connection, answers: Sequence[Answer], switch: Switch) -> Counter[str]:
    """How many answers were `old`, `new` or `empty`, and how many were anything else: `wrong`.

    What is right is read from the partitions themselves, customer by customer. Who has nothing to be shown in one of
    them may be answered so. An answer that was there before the switch began must be old, and one that was asked for
    after it, new.
    """
    verdicts: Counter[str] = Counter()
    for some in _batches(answers, _AT_A_TIME):
        customers = sorted({answer.customer for answer in some})
        lists = [_lists(connection, publication, customers) for publication in (switch.old, switch.new)]
        for answer in some:
            verdicts[_verdict(answer, lists, switch)] += 1
    return verdicts


def _verdict(answer: Answer, lists: Sequence[dict[int, Items]], switch: Switch) -> str:
    may_be = []
    if answer.at <= switch.ended:
        may_be.append(("old", switch.old, lists[_OLD].get(answer.customer, [])))
    if answer.at + answer.seconds >= switch.began:
        may_be.append(("new", switch.new, lists[_NEW].get(answer.customer, [])))
    for name, publication_id, items in may_be:
        if items and answer.status == 200 and answer.told == [publication_id, items]:
            return name
        if not items and (answer.status == 404 or (answer.status == 200 and answer.told == [None, []])):
            return "empty"
    return "wrong"


def _lists(connection: Connection, publication_id: int, customers: Sequence[int]) -> dict[int, Items]:
    """What readers are to see of the publication: rank, product, score and reasons of each place."""
    by_key = {customer_key(number): number for number in customers}
    sentences = {number: sentence for number, (_, sentence) in read_reasons(connection, publication_id).items()}
    consents = {product.product_id: product.consent_purpose for product in made_catalogue().products}
    lists: dict[int, Items] = {}
    for key, rank, product_id, score, reason_ids in connection.execute(
        """
        select person_key::text, rank, product_id, score, reason_ids
        from serving.recommendation_rows where publication_id = %s and person_key = any(%s::uuid[]) order by rank
        """,
        [publication_id, list(by_key)],
    ):
        number = by_key[key]
        if (consents[product_id] == "marketing" and refuses_marketing(number)) or product_id == refused_product(number):
            continue
        reasons = [sentences[reason] for reason in reason_ids if reason in sentences]
        lists.setdefault(number, []).append([rank, product_id, score, reasons])
    return lists


def _batches(answers: Sequence[Answer], size: int) -> Iterator[Sequence[Answer]]:
    for start in range(0, len(answers), size):
        yield answers[start : start + size]
