"""Seconds of training the inductive hybrid, next to plain LightFM on the same customers, epochs and factors.

python -m bench.training --customers 1000000 --out training.json
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from bench import command
from bench.made_openings import MadeSet, made_set
from bench.markers import with_verdict
from bench.stopwatch import timed
from recsys.io.memory import peak_memory_bytes, reset_peak_memory
from recsys.models.factor_recipes import FactorRecipe, InductiveRecipe
from recsys.models.factorisation import fit_factors
from recsys.models.tokens import Reading, customer_matrix

# An insurer's book, and the products of a bank.
N_IN_BOOK, N_BOOK_PRODUCTS, N_BANK_PRODUCTS = 30_000, 21, 24
# As a first epoch makes what the others find made, it is left out.
N_EPOCHS = 3
TARGET_FIT, TARGET_EPOCH = 20, 15


def measure(n: int) -> dict[str, Any]:
    """The whole fit of a book on one thread, and an epoch of `n` customers on two."""
    return {"fit": whole_fit(made_set(N_IN_BOOK, N_BOOK_PRODUCTS)), "epoch": one_epoch(made_set(n, N_BANK_PRODUCTS))}


def whole_fit(made: MadeSet) -> dict[str, Any]:
    """Seconds of the default recipe from training set to model, one thread."""
    recipe = InductiveRecipe()
    n_rows, n_tokens = made.rows_and_tokens(recipe)
    reset_peak_memory()
    _, seconds = timed(lambda: fit_factors(recipe, made.encoder, made.training))
    memory = peak_memory_bytes()
    peer, plain = _plain(made, recipe)
    _, of_plain = timed(lambda: peer.fit(*plain, epochs=recipe.n_epochs, num_threads=recipe.n_threads))
    return {
        **_told(made, recipe, n_rows, n_tokens, memory),
        "seconds": {"inductive hybrid": seconds, "plain LightFM.fit": of_plain},
        "plain_tokens": plain[1].nnz / plain[1].shape[0],
    }


def one_epoch(made: MadeSet) -> dict[str, Any]:
    """Seconds of an epoch over all openings, two threads, with the model of a learning curve that follows each."""
    recipe = replace(InductiveRecipe(), n_epochs=N_EPOCHS, n_threads=2, max_examples=len(made.training.openings))
    n_rows, n_tokens = made.rows_and_tokens(recipe)
    reset_peak_memory()
    began = time.perf_counter()
    ends: list[float] = []
    fit_factors(recipe, made.encoder, made.training, lambda *_: ends.append(time.perf_counter()))
    memory = peak_memory_bytes()
    peer, plain = _plain(made, recipe)
    of_plain = [
        timed(lambda: peer.fit_partial(*plain, epochs=1, num_threads=recipe.n_threads))[1] for _ in range(N_EPOCHS)
    ]
    return {
        **_told(made, replace(recipe, n_epochs=1), n_rows, n_tokens, memory),
        "seconds": {
            "inductive hybrid": float(np.diff(ends).mean()),
            "an epoch of plain LightFM": float(np.mean(of_plain[1:])),
        },
        "seconds_until_first_epoch_ends": ends[0] - began,
        "plain_tokens": plain[1].nnz / plain[1].shape[0],
    }


def part_rows(measured: dict[str, Any]) -> list[list[str]]:
    """The lines for the table of parts with a target."""
    return [
        _part("the whole fit of the inductive hybrid", measured["fit"], TARGET_FIT),
        _part("an epoch of the inductive hybrid", measured["epoch"], TARGET_EPOCH),
    ]


def sentences(measured: dict[str, Any]) -> str:
    """What was trained on what, for the page."""
    fit, epoch = measured["fit"], measured["epoch"]
    return (
        f"The whole fit goes from openings to a model that scores: {_task(fit)}. The epoch is {_task(epoch)}, and the "
        "model for a learning curve that follows it; making the rows and a first epoch took "
        f"{epoch['seconds_until_first_epoch_ends']:.1f} s together. Rows are openings and, for a third of them, the "
        "same opening by a stranger. Plain LightFM has the same openings, factors, epochs and threads, and a row of "
        f"{epoch['plain_tokens']:.1f} tokens for each customer: an identity and the same attributes. A training takes "
        f"the newest {InductiveRecipe().max_examples:,} openings unless its recipe says otherwise."
    )


def _part(name: str, measured: dict[str, Any], target: int) -> list[str]:
    (_, seconds), (peer, of_peer) = measured["seconds"].items()
    return [
        f"{name}, {measured['customers']:,} customers × {measured['products']} products, {_threads(measured)}, s",
        with_verdict(f"{seconds:.1f}", is_met=seconds < target),
        f"under {target}",
        f"{peer}: {of_peer:.1f}",
    ]


def _task(measured: dict[str, Any]) -> str:
    return (
        f"{measured['openings']:,} openings as {measured['rows']:,} rows × {measured['tokens']:.1f} tokens × "
        f"{measured['epochs']} {'epoch' if measured['epochs'] == 1 else 'epochs'}, {measured['factors']} factors, "
        f"{_threads(measured)}, {measured['peak_memory_mb']:,.0f} MB of memory at most"
    )


def _threads(measured: dict[str, Any]) -> str:
    return "one thread" if measured["threads"] == 1 else f"{measured['threads']} threads"


def _plain(made: MadeSet, recipe: FactorRecipe) -> tuple[Any, tuple[sparse.coo_matrix, sparse.csr_matrix]]:
    """LightFM as its users have it, with its openings and its users' tokens: a row for each customer."""
    from lightfm import LightFM

    openings, customers = made.training.openings, made.training.customers
    ones = np.ones(len(openings), np.float32)
    taken = sparse.coo_matrix((ones, (openings.customer, openings.product)), customers.held.shape)
    reading = Reading(has_attributes=True, has_holdings=False, identity_weight=1.0, is_smooth=recipe.bins == "smooth")
    everybody = np.arange(len(customers))
    tokens = customer_matrix(customers, made.encoder.n_features, reading, everybody, len(customers))
    model = LightFM(
        no_components=recipe.n_factors, loss=recipe.loss, learning_rate=recipe.learning_rate, random_state=recipe.seed
    )
    return model, (taken, tokens)


def _told(made: MadeSet, recipe: FactorRecipe, n_rows: int, n_tokens: float, memory: int) -> dict[str, Any]:
    return {
        "customers": len(made.training.customers),
        "products": made.training.n_products,
        "openings": len(made.training.openings),
        "rows": n_rows,
        "tokens": n_tokens,
        "epochs": recipe.n_epochs,
        "factors": recipe.n_factors,
        "threads": recipe.n_threads,
        "peak_memory_mb": memory / 1e6,
    }


if __name__ == "__main__":
    command.run(measure, __doc__, "customers", 1_000_000)
