"""E-mail addresses without what stands around them, with the domain in small letters."""

from __future__ import annotations

import re

import pyarrow as pa

from recsys.cleaning.standardising.distinct import replace_distinct
from recsys.cleaning.standardising.suspects import not_matching
from recsys.cleaning.standardising.texts import settled, standard_line

_STANDARD = r"^[A-Za-z0-9._%+/=~!#$'*^-]*[a-z0-9._%+/=~!#$'*^-][A-Za-z0-9._%+/=~!#$'*^-]*@[a-z0-9.-]*[a-z0-9]$"
_AROUND = re.compile(r"^(?:mailto:)+|^[<\"']+|[>\"',;.]+$", re.IGNORECASE)
_WITH_NAME = re.compile(r"^[^<>@]*<([^<>]+)>$")
_ADDRESS = re.compile(r"^([^@\s<>]+)\s*@\s*([^@\s<>]+\.[^@\s<>.]+)$")


def standard_emails(values: pa.Array) -> pa.Array:
    """Addresses (n,) without `mailto:`, a name before them, quotes and whitespace; the domain in small letters.

    Before the @ case may matter (RFC 5321, 2.4), so it stays, unless nothing but capitals stands there: then a key
    was locked. What is no address is tidied as a text.
    """
    return replace_distinct(values, not_matching(values, _STANDARD), standard_email)


def standard_email(email: str) -> str:
    """One address."""
    return settled(_standard, email)


def _standard(email: str) -> str:
    tidy = standard_line(email)
    bare = _WITH_NAME.sub(r"\1", tidy).strip()
    address = _ADDRESS.match(_AROUND.sub("", bare).strip())
    if address is None:
        return tidy
    local, domain = address[1], address[2].lower()
    return f"{local.lower() if local.isupper() else local}@{domain}"
