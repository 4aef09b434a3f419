from __future__ import annotations

import pytest
from tests.sources.console import unused_port
from tests.sources.crm import crm

from recsys.errors import SourceError
from recsys.feed.sources import parse_sources
from recsys.io.sources.credentials import from_environment
from recsys.io.sources.delivery import Since
from recsys.io.sources.opening import open_delivery

HIDDEN = "s3cret-Of-Drivers"


def refusal(location: str, options: str = "") -> str:
    """What is said of a place that cannot be listed, in one line; never with the secret."""
    text = f"""
        [sources.shop]
        kind = "files"
        location = "{location}"
        {options}
        [sources.shop.tables.products]
        origin = "*.csv"
    """
    source = parse_sources(text.encode()).sources[0]
    credentials = from_environment({"SHOP_SECRET": HIDDEN, "SHOP_URL": f"{HIDDEN}://bucket"})
    with pytest.raises(SourceError) as caught:
        open_delivery(source, source.tables[0], Since(), credentials)
    assert HIDDEN not in repr(caught.getrepr(style="long", chain=True, showlocals=False))
    assert "\n" not in caught.value.message
    return f"{caught.value.message} {caught.value.remedy}"


def test_store_that_does_not_answer_is_unreachable() -> None:
    assert refusal(f"http://127.0.0.1:{unused_port()}/exports") == (
        "shop.products: unreachable: its host or port does not answer. "
        "Correct location in sources.toml, or open the network to it."
    )


def test_store_that_refuses_us_names_the_credential_to_correct() -> None:
    options = 'options = { client_kwargs = { headers = { Authorization = "env:SHOP_SECRET" } } }'
    with crm() as system:
        assert refusal(system.url, options) == (
            "shop.products: password refused. Correct the credential env:SHOP_SECRET."
        )


def test_store_of_an_unknown_kind_is_named_unless_a_credential_holds_it() -> None:
    assert refusal("quark://bucket") == (
        "shop.products: no such kind of store as quark://. Correct location in sources.toml."
    )
    assert refusal("env:SHOP_URL") == ("shop.products: no such kind of store as its location. Correct env:SHOP_URL.")


def test_options_that_a_driver_does_not_take_are_said_so() -> None:
    assert refusal(f"http://127.0.0.1:{unused_port()}/exports", 'options = { nonsense = "env:SHOP_SECRET" }') == (
        "shop.products: its driver does not take its options. Correct options in [sources.shop] of sources.toml."
    )
