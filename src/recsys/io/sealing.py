"""Sealing bytes with AES-256-GCM: unreadable without the key, and changed by nobody unnoticed."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from recsys.errors import SettingsError

# NIST SP 800-38D: 96 random bits, good for 2**32 messages per key.
NONCE_BYTES = 12


def seal(content: bytes, key: bytes, purpose: str) -> bytes:
    """`content` under the 32-byte `key`: nonce, ciphertext and tag. Only the same `purpose` opens it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, purpose.encode())


def unseal(sealed: bytes, key: bytes, purpose: str) -> bytes:
    """What was sealed. Raises `SettingsError` where key or purpose are not those of `seal`, or bytes were changed."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], purpose.encode())
    except InvalidTag as error:
        raise SettingsError(
            f"Sealed data ({purpose}) does not open with this installation's key.",
            remedy="Use the secrets.json with which it was written.",
        ) from error
