"""`retention.toml` of an installation."""

from __future__ import annotations

from pathlib import Path

from recsys.errors import SettingsError
from recsys.privacy.retention import FILE_NAME, Override, parse_retention


def read_retention(home: Path) -> tuple[Override, ...]:
    """What the bank changes of the packaged retention policy; nothing where `home` has no such file.

    Raises:
        SettingsError: the file cannot be read, or describes something that cannot be.
    """
    path = home / FILE_NAME
    if not path.exists():
        return ()
    try:
        content = path.read_bytes()
    except OSError:
        raise SettingsError(f"{path} cannot be read.", remedy="Let this user read it, or remove it.") from None
    return parse_retention(content)
