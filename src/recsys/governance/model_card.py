"""The card of a registered version: facts in, a document out.

After Mitchell et al., Model Cards for Model Reporting (2019).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recsys.documents import Document, Grid, Section
from recsys.governance.card_facts import CHAMPION, CardFacts, CardFold, CardResult, Estimate
from recsys.governance.recipe_words import recipe_words

_PURPOSE = (
    "It ranks, for every customer of the bank, the products that the bank may offer to that customer, by how likely "
    "the customer is to take each of them next. The list is a proposal to advisors and channels.",
    "Permission comes before preference: rules of their own (already held, withdrawn, age, income, suitability, "
    "consent and others) take products out, whatever the model says.",
)
_LIMITS = (
    "It is not made for credit decisions, prices, limits or anything with legal effect; it never approves anything.",
    "Customers who objected to profiling, or whose consent is missing where it is needed, are neither scored by it nor "
    "learned from; they are shown what is popular, or nothing.",
    "It repeats what customers took in the past. A product without openings so far is hardly ever proposed, and what "
    "was rarely offered looks as if it were rarely wanted.",
    "Figures below hold for customers who took something in the test window; most take nothing in two months.",
)
_ROLES = {"judges": "judges", "chooses": "chooses and tunes"}
_NOT_MEASURED = "Not measured in this training."
_CHAMPION_IS = "the recipe of the version that served before this training, fitted again on the same folds"


def build_card(facts: CardFacts) -> Document:
    """The card of one version."""
    return Document(
        f"Model card: version {facts.version}, {facts.kind}",
        f"{facts.bank}: data until {facts.as_of}. Written with the version, and again with each decision that concerns "
        "it.",
        (
            ("Model", f"version {facts.version} of `recsys`, kind `{facts.kind}`"),
            ("Status", facts.status),
            ("Approved by", facts.approved_by),
            *facts.about,
        ),
        (
            Section("Purpose", _PURPOSE),
            Section("Limits", _LIMITS),
            _population(facts),
            _features(facts),
            _recipe(facts),
            _split(facts),
            _results(facts),
            _segments(facts),
            _fairness(facts),
            _sensitivity(facts),
            _monitoring(facts),
            _decisions(facts),
        ),
    )


def _population(facts: CardFacts) -> Section:
    if not facts.folds:
        return Section("Population", ("The history was too short for a test, so nobody was tested.",))
    last = max(facts.folds, key=lambda fold: fold.origin)
    return Section(
        "Population",
        (
            f"At {last.origin}, the newest origin, {_persons(last)} There were {facts.n_products:,} products.",
            "Tested is who took a product in the window that was not held before; everybody else says nothing about "
            "the order of products. Erased persons and rejected rows are in no figure.",
        ),
    )


def _persons(fold: CardFold) -> str:
    if not fold.n_persons:
        return f"{fold.n_customers:,} persons (after duplicates were joined) were learned from."
    n_permitted = fold.n_persons - fold.n_not_profiled
    learned = "all" if fold.n_customers == n_permitted else f"a random sample of {fold.n_customers:,}"
    return (
        f"the bank had {fold.n_persons:,} persons (customers, after duplicates were joined). {fold.n_not_profiled:,} "
        "of them may not be profiled, for want of consent where it is needed or because they refused, and were left "
        f"out of learning and testing; of the other {n_permitted:,}, {learned} were learned from in this fold."
    )


def _features(facts: CardFacts) -> Section:
    if not facts.features:
        return Section("Features", ("This kind looks at no attribute of a customer, only at what is owned.",))
    rows = [(one.name, ", ".join(one.sources), one.purpose, one.says) for one in facts.features]
    leaks = tuple(f"**Looks like a leak**: {leak}." for leak in facts.leaks)
    return Section(
        "Features",
        (
            *leaks,
            "Every column is declared for the purpose `feature` in the feed contract or the bank's `feed.toml`; sex, "
            "marital status and the like are for audits, and a model that asks for one is refused.",
        ),
        (Grid(("feature", "columns of the feed", "purpose", "what it says"), rows),),
    )


def _recipe(facts: CardFacts) -> Section:
    rows = list(recipe_words(facts.recipe).items())
    return Section("Recipe", (), (Grid(("parameter", "value"), rows),))


def _split(facts: CardFacts) -> Section:
    if not facts.folds:
        return Section("Split", ("No fold fits into the history.",))
    chosen = (f"How the challenger was chosen: {facts.chosen_because}",) if facts.chosen_because else ()
    return Section(
        "Split",
        (
            *chosen,
            "Known is what was opened up to the origin and the features of that date; the test is what was opened "
            "after it, up to the end. Products on sale that the customer does not hold then are the candidates.",
        ),
        (
            Grid(
                ("fold", "known until", "test until", "customers", "openings learned from", "tested", "taken"),
                [_fold(fold) for fold in facts.folds],
                frozenset(),
            ),
        ),
    )


def _fold(fold: CardFold) -> tuple[str, ...]:
    counts = (fold.n_customers, fold.n_training_openings, fold.n_tested_customers, fold.n_test_openings)
    return (_ROLES.get(fold.role, fold.role), fold.origin, fold.end, *(f"{count:,}" for count in counts))


def _results(facts: CardFacts) -> Section:
    if not facts.results:
        return Section("Results", (_NOT_MEASURED,))
    return Section(
        "Results",
        (
            _which_row(facts),
            "NDCG@5 on the folds that judge, customers resampled for the 95 % intervals; the gain is paired with "
            "popularity on the same customers. Under the protocol cold the model sees nothing that a customer owns.",
        ),
        tuple(
            _results_grid(protocol, [one for one in facts.results if one.protocol == protocol], _row(facts))
            for protocol in dict.fromkeys(one.protocol for one in facts.results)
        ),
    )


def _row(facts: CardFacts) -> str:
    return facts.contestant or facts.kind


def _which_row(facts: CardFacts) -> str:
    words, rows = f"This version is the row **{_row(facts)}**", {one.candidate for one in facts.results}
    if _row(facts) == CHAMPION:
        other = f" The row {facts.kind} is what this training made of that kind." if facts.kind in rows else ""
        return f"{words}: {_CHAMPION_IS}.{other}"
    return f"{words}. The row {CHAMPION} is {_CHAMPION_IS}." if CHAMPION in rows else f"{words}."


def _results_grid(protocol: str, results: Sequence[CardResult], row: str) -> Grid:
    names = list(dict.fromkeys(name for one in results for name in (one.others or {})))
    rows = []
    for one in sorted(results, key=lambda result: -result.ndcg.mean):
        others = one.others or {}
        figures = (f"{others[name]:.3f}" if name in others else "" for name in names)
        name = f"**{one.candidate}**" if one.candidate == row else one.candidate
        rows.append((name, told(one.ndcg), told(one.gain, signed=True), *figures))
    return Grid((f"candidate, {protocol}", "NDCG@5", "gain over popularity", *names), rows, frozenset())


def _segments(facts: CardFacts) -> Section:
    if not facts.segments:
        return Section("By segment", (_NOT_MEASURED,))
    rows = [
        (one.by, one.group, f"{one.n_customers:,}", told(one.ndcg), told(one.gain, signed=True))
        for one in facts.segments
    ]
    return Section(
        "By segment",
        (
            f"Of the row **{_row(facts)}**, warm. Groups of fewer than {facts.smallest_group} tested customers are "
            "left out.",
        ),
        (Grid(("by", "group", "tested", "NDCG@5", "gain over popularity"), rows, frozenset()),),
    )


def _fairness(facts: CardFacts) -> Section:
    if not facts.parity:
        return Section("Fairness", (_NOT_MEASURED,))
    rows = [
        (one.attribute, one.measure, f"{one.value:.3f}", "not enforced" if one.limit is None else f"{one.limit:g}")
        for one in facts.parity
    ]
    return Section(
        "Fairness",
        (
            "Between the groups that the bank names: what the group with least gets, as a share of what the group "
            "with most gets, on the newest fold with a test. Exposure is the share of a group whose lists hold a "
            "product, compared product by product and averaged by how often each is offered; everybody counts. "
            "Precision is that of the lists of who is tested. Groups of fewer than "
            f"{facts.smallest_group} are left out.",
        ),
        (Grid(("attribute", "of", "ratio", "least allowed"), rows, frozenset()),),
    )


def _sensitivity(facts: CardFacts) -> Section:
    if not facts.importance:
        return Section("Sensitivity", (facts.importance_note or _NOT_MEASURED,))
    rows = [
        (one.feature, told(one.fall, signed=True)) for one in sorted(facts.importance, key=lambda one: -one.fall.mean)
    ]
    return Section(
        "Sensitivity",
        ("How much NDCG@5 falls where a feature is taken away, most important first.",),
        (Grid(("feature", "fall of NDCG@5"), rows),),
    )


def _monitoring(facts: CardFacts) -> Section:
    rows = [(one.setting, one.value, one.says) for one in facts.thresholds]
    return Section(
        "Monitoring",
        (
            "As set when the version was registered. A publication that breaks a limit is not shown to readers, and "
            "the last good one stays; a model that breaks one is not promoted.",
        ),
        (Grid(("setting", "value", "what it limits"), rows),),
    )


def _decisions(facts: CardFacts) -> Section:
    rows = [(one.decided_at[:16].replace("T", " "), one.kind, one.decided_by, one.why) for one in facts.decisions]
    return Section("Decisions", (), (Grid(("when (UTC)", "decision", "by", "why"), rows, frozenset()),))


def told(estimate: Estimate | None, *, signed: bool = False) -> str:
    """A figure and its interval, such as `0.541 (0.520 to 0.562)`."""
    if estimate is None:
        return ""
    form = "{:+.3f}" if signed else "{:.3f}"
    return "".join(_parts(estimate, form))


def _parts(estimate: Estimate, form: str) -> Iterator[str]:
    yield form.format(estimate.mean)
    if estimate.lower is not None and estimate.upper is not None:
        yield f" ({form.format(estimate.lower)} to {form.format(estimate.upper)})"
