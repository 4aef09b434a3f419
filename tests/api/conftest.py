"""A published bank of four customers behind a running API; each module has a copy of its own.

c1 and c4 are one person, of anna's and of bert's portfolio; c2 is anna's, c3 is bert's.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.api.running_api import RunningApi, run_api
from tests.copied_home import copied_home
from tests.integration.published_bank import MONEY, PEOPLE, PublishedBank

from recsys.settings import Settings


@pytest.fixture(scope="session")
def bank_to_copy(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedBank]:
    """Made once: it takes seconds. Nobody may be connected to it while it is copied."""
    folder = tmp_path_factory.mktemp("bank")
    with copied_home(server, folder / "home") as home:
        # Of four persons, k = 5 would leave nothing.
        bank = PublishedBank(home.model_copy(update={"k_anonymity": 0}), folder)
        bank.take_in(customers=PEOPLE, transactions=MONEY)
        bank.publish()
        yield bank


@pytest.fixture(scope="module")
def bank(
    bank_to_copy: PublishedBank, server: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PublishedBank]:
    """The module's own published bank."""
    folder = tmp_path_factory.mktemp("bank")
    with copied_home(server, folder / "home", bank_to_copy.home.database_name) as home:
        bank = PublishedBank(home.model_copy(update={"k_anonymity": 0}), folder)
        bank.n_runs = bank_to_copy.n_runs
        yield bank


@pytest.fixture(scope="module")
def api(bank: PublishedBank) -> Iterator[RunningApi]:
    """The API over the module's bank."""
    with run_api(bank.home) as running:
        yield running
