"""Pseudonyms: the same value gets the same key in every run, and nobody without the secret can compute or undo it."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from typing import Self

import pyarrow as pa

CUSTOMER_DOMAIN = "customer_key"
DIGEST_BYTES = 16
_RENEWED = "renewed"


class VersionedKey(bytes):
    """The 32 bytes of the version of a key that is in force: what seals.

    `links` are the secrets by which its versions hash, the first to the one in force: see `pseudonyms`. `others` are
    the other versions that are known: what was sealed with them opens, too.
    """

    links: tuple[bytes, ...]
    others: tuple[bytes, ...]

    def __new__(cls, key: bytes, links: tuple[bytes, ...], others: tuple[bytes, ...] = ()) -> Self:
        """`key` seals; `links` must not be empty."""
        versioned = super().__new__(cls, key)
        versioned.links, versioned.others = links, others
        return versioned

    def __repr__(self) -> str:
        return f"VersionedKey(version {len(self.links)})"

    __str__ = __repr__


def customer_keys(customer_ids: Iterable[str | None] | pa.Array | pa.ChunkedArray, key: bytes) -> pa.StringArray:
    """The `customer_key` of each customer id: canonical uuid text, shape (n,), null where the id is null.

    `key` is the installation's 32-byte `pseudonym_key`. See `pseudonyms` for the formula.
    """
    return pseudonyms(customer_ids, key, CUSTOMER_DOMAIN)


def customer_keys_so_far(customer_ids: Sequence[str], key: VersionedKey) -> list[str]:
    """The keys that customers have, and had under every earlier version: a stored model keeps those of its training."""
    keys = _hashed(pa.array(customer_ids, pa.string()), key.links[0], CUSTOMER_DOMAIN)
    return [text for version in range(len(key.links)) for text in renewed(keys, key.links[1 : version + 1]).to_pylist()]


def pseudonyms(values: Iterable[str | None] | pa.Array | pa.ChunkedArray, key: bytes, domain: str) -> pa.StringArray:
    """HMAC-SHA256 of `domain`, NUL and each value, cut to its first 16 bytes and written as uuid text, shape (n,).

    A plain hash of a customer id or an IBAN is undone by hashing all of them; with a secret key that is impossible
    (RFC 2104; RFC 2104 section 5 allows truncation to half of the hash, which is 16 bytes of SHA-256). With 10 million
    values a collision of 128 bits has a probability of about 1.5e-25. `domain` keeps one value in two roles apart:
    a customer whose id equals an advisor's must not show the same key. Each distinct value is hashed once.

    Of a `VersionedKey` the first link does this, and every later one renews what came of it (`renewed`). So a stored
    pseudonym is brought to a new version from itself alone, and equals what its value gives from then on.
    """
    links = key.links if isinstance(key, VersionedKey) else (key,)
    encoded = _combined(values).dictionary_encode()
    keys = _hashed(encoded.dictionary, links[0], domain)
    return renewed(keys, links[1:]).take(encoded.indices)


def renewed(keys: pa.Array, links: Sequence[bytes]) -> pa.StringArray:
    """Pseudonyms (n,) of an earlier version as they are under later ones, whose `links` come in order."""
    for link in links:
        keys = _hashed(keys, link, _RENEWED)
    return keys


def _hashed(values: pa.Array, key: bytes, domain: str) -> pa.StringArray:
    prefix = domain.encode() + b"\x00"
    digests = (
        None if value is None else hmac.digest(key, prefix + value.encode(), "sha256") for value in values.to_pylist()
    )
    return pa.array([None if digest is None else _uuid_text(digest) for digest in digests], pa.string())


def _combined(values: Iterable[str | None] | pa.Array | pa.ChunkedArray) -> pa.StringArray:
    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks().cast(pa.string())
    return values.cast(pa.string()) if isinstance(values, pa.Array) else pa.array(values, pa.string())


def _uuid_text(digest: bytes) -> str:
    text = digest[:DIGEST_BYTES].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
