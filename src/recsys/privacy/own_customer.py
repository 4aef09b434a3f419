"""The customer whose row a text stands in: what may be anybody's name is that customer's where it fits.

"a smith" or "jhon" beside a family name says nothing by itself. Rows with such words are few; their customers' names
are looked up in one more pass over the customers, and only those names are compared. What stays in memory is the texts
of these rows, never a table of customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.privacy.known_identities import KnownIdentities
from recsys.privacy.name_variants import may_name, name_words
from recsys.privacy.spans import Span, merge_spans, replace_spans


class OwnedTexts(NamedTuple):
    """Texts `(n,)` of one column, and the customer of each row `(n,)` where the table has customers."""

    texts: pa.Array
    customer_ids: pa.Array | None = None

    def distinct(self) -> list[str]:
        """Each text once."""
        texts: list[str] = self.texts.cast(pa.string()).unique().drop_null().to_pylist()
        return texts


class OwnCustomers:
    """Names of customers in their own rows: `survey` all texts, `learn` the customers' names, then `mask`."""

    def __init__(self, known: KnownIdentities) -> None:
        self._known = known
        self._texts: defaultdict[str, set[str]] = defaultdict(set)
        self._own: defaultdict[tuple[str, str], set[Span]] = defaultdict(set)
        self._masked: dict[tuple[str, str], str] = {}

    def survey(self, owned: OwnedTexts) -> None:
        """Note the texts in which something may be the name of the row's customer."""
        if owned.customer_ids is None:
            return
        doubtful = [text for text in owned.distinct() if self._known.find_doubtful(text)]
        for customer_id, text in _pairs(owned, doubtful):
            self._texts[customer_id].add(text)

    @property
    def is_asking(self) -> bool:
        """Whether any text waits for its customer's name."""
        return bool(self._texts)

    def learn(self, customer_ids: Sequence[str], full_names: Sequence[str | None]) -> None:
        """Decide the texts that were noted by the names `(n,)` of customers `(n,)`, who may have more than one."""
        for customer_id, full_name in zip(customer_ids, full_names, strict=True):
            for text in self._texts.get(customer_id, ()) if full_name else ():
                own = [
                    span
                    for span in self._known.find_doubtful(text)
                    if may_name(name_words(text[span.start : span.end]), str(full_name))
                ]
                if own:
                    # One text may hold variants of several names of its customer: each adds to those before it.
                    self._own[customer_id, text].update(own)
                    # Together with what is known of others: a name that two spans share is not to be cut in two.
                    spans = merge_spans([*self._own[customer_id, text], *self._known.find(text)])
                    self._masked[customer_id, text] = replace_spans(text, spans)

    def masked_texts(self) -> Iterable[str]:
        """All texts that hold a name of their customer, without it."""
        return self._masked.values()

    def mask(self, owned: OwnedTexts) -> pa.Array:
        """The texts `(n,)` with tags in the place of names of each row's own customer."""
        if owned.customer_ids is None or not self._masked:
            return owned.texts
        texts = owned.texts.cast(pa.string())
        rows = _rows(owned, sorted({text for _, text in self._masked}))
        if not len(rows):
            return texts
        keys = zip(owned.customer_ids.take(rows).to_pylist(), texts.take(rows).to_pylist(), strict=True)
        masked = pa.array([self._masked.get(key, key[1]) for key in keys], pa.string())
        is_row = np.zeros(len(texts), bool)
        is_row[rows] = True
        return pc.replace_with_mask(texts, pa.array(is_row), masked)


def _pairs(owned: OwnedTexts, wanted: list[str]) -> Iterator[tuple[str, str]]:
    rows = _rows(owned, wanted)
    columns = {name: column.cast(pa.string()).take(rows) for name, column in owned._asdict().items()}
    distinct = pa.table(columns).group_by(["customer_ids", "texts"]).aggregate([])
    yield from zip(distinct["customer_ids"].to_pylist(), distinct["texts"].to_pylist(), strict=True)


def _rows(owned: OwnedTexts, wanted: list[str]) -> pa.Array:
    """Rows of a customer with one of the texts `wanted`."""
    is_wanted = pc.is_in(owned.texts.cast(pa.string()), value_set=pa.array(wanted, pa.string()))
    return pc.indices_nonzero(pc.and_(is_wanted, pc.is_valid(owned.customer_ids)))
