"""The key that the embedded issuer signs with: made when it is first wanted, then kept in the home."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from joserfc.jwk import RSAKey

# The one that every issuer has to know (OpenID Connect Discovery 1.0, 3), and the quickest to verify.
ALGORITHM = "RS256"


def open_signing_key(home: Path) -> RSAKey:
    """The private key of `home`, which only the owner of its file may read."""
    path = home / "issuer" / "signing-key.json"
    if not path.exists():
        _create(path)
    return RSAKey.import_key(json.loads(path.read_text()))


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    # Linked in one step and never over another: of several processes that start at once all sign with one key.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as aside:
        aside.write(json.dumps(key.as_dict(private=True)))
        aside.flush()
        try:
            os.link(aside.name, path)
        except FileExistsError:
            return
