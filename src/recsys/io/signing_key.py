"""The key that the embedded issuer signs with: made when it is first wanted, then kept in the home."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from joserfc.jwk import ECKey

ALGORITHM = "ES256"


def open_signing_key(home: Path) -> ECKey:
    """The private key of `home`, which only the owner of its file may read."""
    path = home / "issuer" / "signing-key.json"
    if not path.exists():
        _create(path)
    return ECKey.import_key(json.loads(path.read_text()))


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    # Linked in one step and never over another: of several processes that start at once all sign with one key.
    with tempfile.NamedTemporaryFile("w", dir=path.parent) as aside:
        aside.write(json.dumps(key.as_dict(private=True)))
        aside.flush()
        try:
            os.link(aside.name, path)
        except FileExistsError:
            return
