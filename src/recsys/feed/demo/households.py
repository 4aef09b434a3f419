"""Customers who are alike without being one person: twins, parent and child, namesakes, couples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from recsys.feed.demo.arrays import Bools, Ints
from recsys.feed.demo.people import People

LOOK_ALIKES = ("twins", "parent and child", "namesakes", "couple")
# Pairs per person, by kind. Only couples are common; the others are there to be confused.
PAIR_SHARES = (0.003, 0.003, 0.003, 0.02)
_TWINS, _PARENT, _NAMESAKES, _COUPLE = range(len(LOOK_ALIKES))
_OWN_OF_TWINS = {"numbers", "is_female", "is_in_arrears", "status", "tastes"}
_GENERATION_DAYS = (18 * 365, 45 * 365)


@dataclass(frozen=True, slots=True)
class Households:
    """From whom each of `n` persons has a name, an address or a number (mostly from nobody: the own place).

    `members` (m,) are the places of those who are like `models` (m,), in the way that `kinds` (m,) says.
    """

    given: Ints
    family: Ints
    address: Ints
    phone: Ints
    account: Ints
    members: Ints
    models: Ints
    kinds: Ints

    @property
    def are_confusable(self) -> Bools:
        """Persons `(n,)` whom an initial or a wrong birth date would make one with another person."""
        is_rare = self.kinds != _COUPLE
        confusable = np.zeros(len(self.given), bool)
        confusable[self.members[is_rare]] = confusable[self.models[is_rare]] = True
        return confusable


def draw_households(rng: np.random.Generator, people: People) -> tuple[People, Households]:
    """`people` with the age, town and sex that their households ask for, and who shares what."""
    members, models, kinds = _draw_pairs(rng, people)
    of = {kind: kinds == place for place, kind in enumerate(LOOK_ALIKES)}
    is_joint = rng.random((3, len(members)))
    shares = {
        "given": of["parent and child"] | of["namesakes"],
        "family": ~of["couple"] | (is_joint[0] < 0.85),
        "address": ~of["namesakes"],
        "phone": of["couple"] & (is_joint[1] < 0.4),
        "account": of["couple"] & (is_joint[2] < 0.4),
    }
    sources = {name: _sources(len(people), members[rows], models[rows]) for name, rows in shares.items()}
    return _fitted(people, members, models, kinds), Households(**sources, members=members, models=models, kinds=kinds)


def _draw_pairs(rng: np.random.Generator, people: People) -> tuple[Ints, Ints, Ints]:
    """Members, models and kinds of pairs that have nobody in common."""
    counts = [max(1, round(len(people) * share)) for share in PAIR_SHARES]
    drawn = rng.permutation(len(people))[: 2 * sum(counts)]
    members, models, kinds, first = [], [], [], 0
    for kind, n in enumerate(counts):
        pair = drawn[first : first + 2 * n]
        first += 2 * n
        if kind == _PARENT:
            pair = pair[np.argsort(-people.born[pair], kind="stable")]
        half = len(pair) // 2
        one, other = pair[:half], pair[half : 2 * half]
        if kind == _PARENT:
            years = people.born[one] - people.born[other]
            is_generation = (years > _GENERATION_DAYS[0]) & (years < _GENERATION_DAYS[1])
            one, other = one[is_generation], other[is_generation]
        members.append(one)
        models.append(other)
        kinds.append(np.full(len(one), kind, np.int64))
    return np.concatenate(members), np.concatenate(models), np.concatenate(kinds)


def _sources(n: int, members: Ints, models: Ints) -> Ints:
    places = np.arange(n)
    places[members] = models
    return places


def _fitted(people: People, members: Ints, models: Ints, kinds: Ints) -> People:
    """Twins are as old and as well off as each other; everybody lives where the model lives."""
    columns = {name: getattr(people, name).copy() for name in People.__dataclass_fields__ if name != "numbers"}
    is_twin = kinds == _TWINS
    for name in set(columns) - _OWN_OF_TWINS:
        columns[name][members[is_twin]] = columns[name][models[is_twin]]
    for name in ("country", "town"):
        columns[name][members] = columns[name][models]
    has_same_name = (kinds == _PARENT) | (kinds == _NAMESAKES)
    is_female = columns["is_female"]
    is_female[members[has_same_name]] = is_female[models[has_same_name]]
    is_female[members[kinds == _COUPLE]] = ~is_female[models[kinds == _COUPLE]]
    return replace(people, **columns)
