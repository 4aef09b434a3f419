from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.emails import standard_emails

CHANGED = [
    (" ada@example.org ", "ada@example.org"),
    ("Ada.L@Example.ORG", "Ada.L@example.org"),
    ("ADA.L@EXAMPLE.ORG", "ada.l@example.org"),
    ("mailto:ada@example.org", "ada@example.org"),
    ("MAILTO:ada@example.org", "ada@example.org"),
    ("Ada Lovelace <ada@example.org>", "ada@example.org"),
    ("<ada@example.org>;", "ada@example.org"),
    ("ada@example.org.", "ada@example.org"),
    ("ada @ example.org", "ada@example.org"),
    ("\u200bada@example.org", "ada@example.org"),
    (" none ", "none"),
]
SAME = ["ada@example.org", "Ada@example.org", "a+b@sub.example.co.uk", "ada at example.org", "ada@", "@", "none", None]


@pytest.mark.parametrize(("found", "expected"), CHANGED)
def test_address_is_bare_with_its_domain_in_small_letters(found: str, expected: str) -> None:
    assert standard_emails(pa.array([found])).to_pylist() == [expected]


@pytest.mark.parametrize("email", SAME)
def test_address_that_is_bare_or_none_stays(email: str | None) -> None:
    assert standard_emails(pa.array([email], pa.string())).to_pylist() == [email]
