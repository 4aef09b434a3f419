"""What each role may do, as `role_matrix.toml` declares it; a new table, view, function or role gets a line there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from recsys.io.grants import PRIVILEGES, TableGrant
from recsys.io.secrets import ROLES

_DECLARED = tomllib.loads(Path(__file__).with_name("role_matrix.toml").read_text())
# The owner of the database is who makes it; no step and no command logs in with this role.
LOGINS = tuple(role for role in ROLES if role != "admin")


def _grants(table: str, role: str, words: str) -> list[TableGrant]:
    found = []
    for word, columns in re.findall(r"(\w+)(?:\(([^)]*)\))?", words.replace("everything", " ".join(PRIVILEGES))):
        assert word in PRIVILEGES, f"{table}: {role}: {word}"
        found.append(TableGrant(table, role, word, tuple(columns.split())))
    return found


SCHEMAS_OF: Mapping[str, set[str]] = {role: set(words.split()) for role, words in _DECLARED["schemas"].items()}
TABLES: frozenset[str] = frozenset(_DECLARED["tables"])
TABLE_GRANTS: frozenset[TableGrant] = frozenset(
    grant
    for table, roles in _DECLARED["tables"].items()
    for role, words in roles.items()
    for grant in _grants(table, role, words)
)
CALLERS: Mapping[str, set[str]] = {function: set(roles) for function, roles in _DECLARED["functions"].items()}
