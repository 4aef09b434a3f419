"""Free text without persons: first what the bank knows, then patterns and language models, replaced by tags.

Reading names out of text is slow, so it is done once for each distinct *shape*: a text in which known values are
already tags and every digit is 0. Millions of bookings have few shapes. That takes two passes over the texts, `survey`
and `redact`, and lets both stream: what stays in memory is the shapes, each with one text that has it.

A language model may see other persons beside other digits. So a shape is read as it stands in that one text, and, where
other texts have it too, also with its digits masked; what either reading finds counts for all texts of the shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context

import pyarrow as pa
import pyarrow.compute as pc

from recsys.errors import PrivacyError
from recsys.privacy.engines import DEFAULT_NER, parse_engines
from recsys.privacy.entities import ENTITY_TAGS, find_entities
from recsys.privacy.given_names import GivenNames
from recsys.privacy.known_identities import Beginnings, KnownIdentities
from recsys.privacy.numbers import NUMBER_TAGS, find_numbers
from recsys.privacy.own_customer import OwnCustomers, OwnedTexts
from recsys.privacy.spans import TAG, Span, merge_spans, outside_tags, replace_spans
from recsys.privacy.spellings import IDENTITIES, OTHER_IDENTITY
from recsys.types import Progress, no_progress

TAGS: tuple[str, ...] = tuple(
    sorted({identity.tag for identity in (*IDENTITIES.values(), OTHER_IDENTITY)} | NUMBER_TAGS | ENTITY_TAGS)
)

_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_CHUNK = 2_048


class Redactor:
    """Redacts texts of one bank: `survey` all of them, `analyse` once, then `redact` them."""

    def __init__(self, known: KnownIdentities, given_names: GivenNames, ner: str = DEFAULT_NER) -> None:
        self.own_customers = OwnCustomers(known)
        self._known = known
        self._given_names = given_names
        self._engines = parse_engines(ner)
        self._examples: dict[str, str] = {}
        self._repeated: set[str] = set()
        self._found: dict[str, Sequence[Span]] = {}
        self._is_analysed = False

    @property
    def n_shapes(self) -> int:
        """Number of distinct shapes of the texts surveyed."""
        return len(self._examples)

    def survey(self, texts: Iterable[str]) -> None:
        """Take in texts that will have to be redacted."""
        for text in texts:
            rest = self._without_known(text)
            shape = _shape(rest)
            if shape is not None and self._examples.setdefault(shape, rest) != rest:
                self._repeated.add(shape)

    def analyse(self, workers: int, progress: Progress = no_progress) -> None:
        """Find who is named in all shapes, in `workers` processes that load the language models once each."""
        shapes = [*self._examples, *self._repeated]
        texts = [*self._examples.values(), *self._repeated]
        chunks = [slice(start, start + _CHUNK) for start in range(0, len(texts), _CHUNK)]
        done = 0
        for chunk, found in zip(chunks, self._map([texts[chunk] for chunk in chunks], workers), strict=True):
            for shape, spans in zip(shapes[chunk], found, strict=True):
                self._found[shape] = [*self._found.get(shape, ()), *spans]
            done += len(found)
            progress(done, len(texts), "texts")
        self._is_analysed = True

    def redact(self, texts: Sequence[str]) -> list[str]:
        """`texts`, in order, with tags in the place of personal values.

        Raises `PrivacyError` for a text that was not surveyed, because nobody has looked for persons in it.
        """
        return [self._redact(text) for text in texts]

    def replace_known(self, texts: Sequence[str]) -> list[str]:
        """`texts`, in order, with tags in the place of values by which the bank knows its customers, and only those."""
        return [replace_spans(text, merge_spans(self._known.find(text))) for text in texts]

    def _map(self, chunks: Sequence[Sequence[str]], workers: int) -> Iterator[list[list[Span]]]:
        find = partial(find_entities, engines=self._engines)
        if workers == 1 or len(chunks) < 2:
            yield from map(find, chunks)
            return
        # Forked processes would inherit locks of the threads that Arrow has started.
        with ProcessPoolExecutor(min(workers, len(chunks)), get_context("spawn")) as pool:
            yield from pool.map(find, chunks)

    def _redact(self, text: str) -> str:
        rest = self._without_known(text)
        spans = find_numbers(rest)
        shape = _shape(rest)
        if shape is not None:
            if not self._is_analysed or shape not in self._found:
                raise PrivacyError(
                    "A text was to be redacted that had not been analysed.",
                    remedy="The landing files changed while they were read: run ingest_feed again.",
                )
            spans = [*spans, *self._found[shape]]
        return replace_spans(rest, merge_spans(outside_tags(rest, spans))) if spans else rest

    def _without_known(self, text: str) -> str:
        """`text` without customers and their namesakes."""
        for find in (self._known.find, self._given_names.find):
            if spans := find(text):
                text = replace_spans(text, merge_spans(outside_tags(text, spans)))
        return text


def build_redactor(
    texts: Callable[[], Iterable[OwnedTexts]],
    identities: Iterable[tuple[str, Sequence[str]]],
    names: Callable[[], Iterable[tuple[Sequence[str], Sequence[str | None]]]],
    workers: int,
    progress: Progress = no_progress,
    kept: Iterable[Sequence[str]] = (),
    ner: str = DEFAULT_NER,
) -> Redactor:
    """A redactor that is ready for all `texts`, which are asked for twice, and for `replace_known` of what is `kept`.

    `identities` are values of the customers' identifying columns, with the column's name (see `spellings`); `names` are
    customer ids with the customers' names, asked for once more where a text needs its own customer's (see
    `own_customer`); `ner` names the language models (see `engines`).
    """
    beginnings, given_names = Beginnings(), GivenNames()
    for batch in chain((owned.distinct() for owned in texts()), kept):
        beginnings.add(batch)
    known = KnownIdentities(beginnings)
    for column, values in identities:
        known.add(column, values)
        if column == "full_name":
            given_names.add(values)
    known.close()
    redactor = Redactor(known, given_names, ner)
    for owned in texts():
        redactor.survey(owned.distinct())
        redactor.own_customers.survey(owned)
    if redactor.own_customers.is_asking:
        for customer_ids, full_names in names():
            redactor.own_customers.learn(customer_ids, full_names)
        redactor.survey(redactor.own_customers.masked_texts())
    redactor.analyse(workers, progress)
    return redactor


def redact_column(texts: pa.Array, redactor: Redactor, customer_ids: pa.Array | None = None) -> pa.Array:
    """Redacted `texts`, shape (n,), null where they are null; each distinct text is redacted once.

    `customer_ids` `(n,)` are the customers in whose rows they stand.
    """
    masked = redactor.own_customers.mask(OwnedTexts(texts, customer_ids))
    encoded = masked.cast(pa.string()).dictionary_encode()
    return pa.array(redactor.redact(encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)


def replace_known(texts: pa.Array, redactor: Redactor) -> pa.Array:
    """`texts` of few distinct values, shape (n,), null where they are null, without what customers are known by."""
    encoded = texts.cast(pa.string()).dictionary_encode()
    return pa.array(redactor.replace_known(encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)


def count_tags(redacted: pa.Array) -> dict[str, int]:
    """How often each tag stands in `redacted` texts; tags that never do are left out."""
    counts = {tag: pc.sum(pc.count_substring(redacted, f"<{tag}>")).as_py() or 0 for tag in TAGS}
    return {tag: count for tag, count in counts.items() if count}


def _shape(text: str) -> str | None:
    """`text` with 0 for every digit, or None where it has no letter outside its tags: no person can be in it."""
    if _LETTER.search(TAG.sub("", text)) is None:
        return None
    return _DIGIT.sub("0", text)
