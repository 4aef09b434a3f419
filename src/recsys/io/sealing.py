"""Sealing bytes with AES-256-GCM: unreadable without the key, and changed by nobody unnoticed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recsys.errors import SettingsError
from recsys.privacy.keys import VersionedKey

# NIST SP 800-38D: 96 random bits, good for 2**32 messages per key.
NONCE_BYTES = 12


def seal(content: bytes, key: bytes, purpose: str) -> bytes:
    """`content` under the 32-byte `key`: nonce, ciphertext and tag. Only the same `purpose` opens it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, purpose.encode())


def seal_all(contents: Sequence[bytes], key: bytes, purpose: str) -> Iterator[bytes]:
    """Each of `contents` sealed as `seal` does, with one key schedule and one call for random bits for all."""
    cipher, associated = AESGCM(key), purpose.encode()
    nonces = os.urandom(NONCE_BYTES * len(contents))
    for place, content in enumerate(contents):
        nonce = nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES]
        yield nonce + cipher.encrypt(nonce, content, associated)


def unseal(sealed: bytes, key: bytes, purpose: str) -> bytes:
    """What was sealed, with `key` or another version of it that is known.

    Raises `SettingsError` where key or purpose are not those of `seal`, or bytes were changed.
    """
    for one in (key, *(key.others if isinstance(key, VersionedKey) else ())):
        with suppress(InvalidTag):
            return AESGCM(one).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    raise SettingsError(
        f"Sealed data ({purpose}) does not open with this installation's key.",
        remedy="Use the secrets.json with which it was written.",
    )
