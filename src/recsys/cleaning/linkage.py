"""Record linkage from customers to persons: exact values first, then probability, and people's decisions over both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.cleaning.linkage_clusters import Clusters, Pair
from recsys.cleaning.linkage_columns import linkage_columns
from recsys.cleaning.linkage_comparisons import Weights
from recsys.cleaning.linkage_conflicts import NO_CONFLICT, conflicts_in
from recsys.cleaning.linkage_scoring import Resources, score_among, score_pairs
from recsys.cleaning.linkage_training import weights_for
from recsys.cleaning.persons import Indices, MatchRule
from recsys.cleaning.rows import Mask

JOINED, REVIEW, SPLIT = "joined", "review", "split"
BELOW_THRESHOLD = "below the threshold"
APART = "brings together customers who are apart"
DECIDED = "decided by people"
# The surest first: in this order pairs are joined.
_RANKS = pa.array([MatchRule.DECISION, MatchRule.NATIONAL_ID, MatchRule.EMAIL_AND_BIRTH_DATE, MatchRule.PROBABLE])
_ENDS = ["left", "right"]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Pairs of customers that people joined or split; they win in every run."""

    joined: Sequence[Pair] = ()
    split: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class LinkageOptions:
    """From `match_threshold` on a pair is joined by itself, from `review_threshold` on people may look at it."""

    match_threshold: float = 0.9999
    review_threshold: float = 0.9
    resources: Resources = field(default_factory=Resources)


@dataclass(frozen=True, slots=True)
class Linkage:
    """The cluster of each customer (m,), the rule that brought it there (`self` where none), and the pairs.

    `matches` has `left` < `right`, `weight` (bits) and `probability` (null where a decision or an older version of a
    customer made the pair), `rule`, `state` (joined, review, split) and the `reason` of a pair that is not joined.
    """

    clusters: Indices
    rules: pa.Array
    matches: pa.Table
    weights: Weights


def link_customers(customers: pa.Table, exact: pa.Table, decisions: Decisions, options: LinkageOptions) -> Linkage:
    """Which of `customers` (m,), in the order of their ids, are one person.

    `exact` are pairs (`left`, `right`, `rule`) that share an identifying value, maybe in an older version of theirs.
    """
    columns = linkage_columns(customers)
    weights = weights_for(columns, options.resources)
    scored = _scored(columns, weights, exact, options)
    matches = _with_decisions(_with_exact(scored, exact), decisions)
    matches = matches.take(_surest_first(matches))
    clusters = _clusters(matches, columns, decisions, options)
    labels = clusters.labels(columns.num_rows)
    states = _with_states(matches, labels, decisions, options.match_threshold)
    return Linkage(labels, _rules(matches, labels), states, weights)


def _scored(columns: pa.Table, weights: Weights, exact: pa.Table, options: LinkageOptions) -> pa.Table:
    """Likely pairs, and exact ones of which the present values say that they are not."""
    likely = score_pairs(columns, weights, options.review_threshold, options.resources)
    unlikely = exact.filter(~_is_in(exact, likely))
    if not unlikely.num_rows:
        return likely
    rows = np.unique(_ends(unlikely)).tolist()
    others = score_among(columns, weights, rows, options.resources, (("national_id",), ("email", "birth_date")))
    return pa.concat_tables([likely, others.filter(~_is_in(others, likely))])


def _with_exact(scored: pa.Table, exact: pa.Table) -> pa.Table:
    """Pairs with rule and conflict; exact ones that only an older version of a customer made have no weight."""
    found = scored.select([*_ENDS, "weight", "probability"])
    found = found.append_column("rule", rules_of(scored)).append_column("conflict", conflicts_in(scored))
    old = exact.filter(~_is_in(exact, scored))
    return pa.concat_tables([found, _unweighted(old.select(_ENDS), old["rule"])])


def _with_decisions(matches: pa.Table, decisions: Decisions) -> pa.Table:
    pairs = _table_of([*decisions.joined, *decisions.split])
    is_joined = np.arange(pairs.num_rows) < len(decisions.joined)
    known = matches.filter(~_is_in(matches, pairs.filter(is_joined)))
    new = pairs.filter(is_joined | ~_is_in(pairs, known))
    return pa.concat_tables([known, _unweighted(new, pa.array([MatchRule.DECISION.value] * new.num_rows, pa.string()))])


def _unweighted(pairs: pa.Table, rules: pa.Array) -> pa.Table:
    nulls = pa.nulls(pairs.num_rows, pa.float64())
    no_conflict = pa.array([NO_CONFLICT] * pairs.num_rows, pa.string())
    columns = {"weight": nulls, "probability": nulls, "rule": rules, "conflict": no_conflict}
    return pa.table({**{name: pairs[name] for name in _ENDS}, **columns})


def rules_of(pairs: pa.Table) -> pa.Array:
    """Under which rule each pair (n,), as `score_pairs` has them, is a match."""
    same_id = pc.equal(pairs["gamma_national_id"], 2)
    same_mail = pc.and_(pc.equal(pairs["gamma_e_mail"], 3), pc.equal(pairs["gamma_birth_date"], 3))
    chosen = pc.if_else(same_mail, MatchRule.EMAIL_AND_BIRTH_DATE.value, MatchRule.PROBABLE.value)
    return pc.if_else(same_id, MatchRule.NATIONAL_ID.value, chosen)


def _surest_first(matches: pa.Table) -> pa.Array:
    rank = pc.index_in(matches["rule"], value_set=_RANKS)
    order = matches.select(["weight", *_ENDS]).append_column("rank", rank)
    keys = [("rank", "ascending"), ("weight", "descending"), ("left", "ascending"), ("right", "ascending")]
    return pc.sort_indices(order, sort_keys=keys)


def _clusters(matches: pa.Table, columns: pa.Table, decisions: Decisions, options: LinkageOptions) -> Clusters:
    is_free = pc.equal(matches["conflict"], NO_CONFLICT)
    is_sure = pc.fill_null(pc.greater_equal(matches["probability"], options.match_threshold), True)
    candidates = matches.filter(
        pc.and_(is_free, pc.or_(is_sure, pc.not_equal(matches["rule"], MatchRule.PROBABLE.value)))
    )
    apart = [*_pairs_of(matches.filter(pc.invert(is_free))), *decisions.split]
    concerned = np.unique(_ends(candidates))
    ids = columns["national_id"].take(pa.array(concerned)).to_pylist()
    joined = {_ordered(pair) for pair in decisions.joined}
    # What people joined they have seen: nothing but a split by people forbids it.
    clusters = Clusters(
        (pair for pair in apart if _ordered(pair) not in joined),
        {int(row): value for row, value in zip(concerned, ids, strict=True) if value is not None},
    )
    split = {_ordered(pair) for pair in decisions.split}
    for pair in _pairs_of(candidates):
        if pair not in split:
            clusters.join(*pair, is_decided=pair in joined)
    return clusters


def _with_states(matches: pa.Table, labels: Indices, decisions: Decisions, threshold: float) -> pa.Table:
    ends = _ends(matches)
    is_joined = pa.array(labels[ends[:, 0]] == labels[ends[:, 1]])
    is_split = pa.array(_is_in(matches, _table_of(decisions.split)))
    conflict = matches["conflict"].combine_chunks()
    states = pc.if_else(is_joined, JOINED, pc.if_else(is_split, SPLIT, REVIEW))
    is_below = pc.fill_null(pc.less(matches["probability"], threshold), False)
    reasons = pc.if_else(pc.equal(conflict, NO_CONFLICT), pc.if_else(is_below, BELOW_THRESHOLD, APART), conflict)
    reasons = pc.if_else(is_split, DECIDED, reasons)
    found = matches.select([*_ENDS, "weight", "probability", "rule"]).append_column("state", states)
    found = found.append_column("reason", pc.if_else(is_joined, NO_CONFLICT, reasons))
    return found.sort_by([("left", "ascending"), ("right", "ascending")])


def _rules(matches: pa.Table, labels: Indices) -> pa.Array:
    """The surest rule of the pairs that hold each customer (m,) in its cluster."""
    ends = _ends(matches)
    is_joined = labels[ends[:, 0]] == labels[ends[:, 1]]
    ranks = pc.index_in(matches["rule"], value_set=_RANKS).to_numpy()[is_joined]
    surest = np.full(len(labels), len(_RANKS), dtype=np.int64)
    for side in range(2):
        np.minimum.at(surest, ends[is_joined, side], ranks)
    return pa.concat_arrays([_RANKS, pa.array([MatchRule.SELF.value])]).take(pa.array(surest))


def _ends(pairs: pa.Table) -> Indices:
    return np.column_stack([pairs[name].to_numpy() for name in _ENDS]).astype(np.int64).reshape(-1, 2)


def _pairs_of(pairs: pa.Table) -> list[Pair]:
    return [(int(left), int(right)) for left, right in _ends(pairs)]


def _ordered(pair: Pair) -> Pair:
    return min(pair), max(pair)


def _table_of(pairs: Sequence[Pair]) -> pa.Table:
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return pa.table({"left": ends.min(axis=1), "right": ends.max(axis=1)})


def _is_in(pairs: pa.Table, others: pa.Table) -> Mask:
    """Which of `pairs` (n,) are among `others`."""
    one, two = _ends(pairs), _ends(others)
    width = max(one.max(initial=0), two.max(initial=0)) + 1
    return np.isin(one[:, 0] * width + one[:, 1], two[:, 0] * width + two[:, 1])
