"""What a person is given, as files that only the owner of the home may read: JSON, a page, and a portable archive."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from recsys.privacy.access_package import LOGIC, RECIPIENTS, RIGHTS, AccessPackage, kept, on_erasure, portable_tables
from recsys.settings import Settings

_TEMPLATES = Path(__file__).with_name("templates")
# Rows of one table on the page; all of them are in the JSON file.
SHOWN_ROWS = 100


def privacy_folder(settings: Settings) -> Path:
    """Where packages and receipts are."""
    return settings.home / "privacy"


def write_access_files(settings: Settings, package: AccessPackage) -> list[Path]:
    """Everything that is held, as JSON and as a page; written again it replaces what was there."""
    name = f"access-{package.request_id}"
    page = _template("access.html.j2").render(
        package=package, logic=LOGIC, recipients=RECIPIENTS, rights=RIGHTS, shown_rows=SHOWN_ROWS
    )
    return [
        write_private(privacy_folder(settings) / f"{name}.json", as_json(package.to_json())),
        write_private(privacy_folder(settings) / f"{name}.html", page),
    ]


def write_export_file(settings: Settings, package: AccessPackage) -> Path:
    """What the customer provided, as an archive with each table as JSON and as CSV."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in portable_tables(package).items():
            archive.writestr(f"{name}.json", as_json(rows))
            archive.writestr(f"{name}.csv", _csv(rows))
    return write_private(privacy_folder(settings) / f"export-{package.request_id}.zip", content.getvalue())


def packages_naming(settings: Settings, customer_ids: Sequence[str]) -> set[int]:
    """Requests whose packages hold what is known of one of these customers, whoever asked for them."""
    wanted, found = set(customer_ids), set[int]()
    for path in privacy_folder(settings).glob("access-*.json"):
        if wanted & set(json.loads(path.read_bytes())["customer_ids"]):
            found.add(_request_of(path))
    for path in privacy_folder(settings).glob("export-*.zip"):
        with zipfile.ZipFile(path) as archive:
            if wanted & {row["customer_id"] for row in json.loads(archive.read("contact_data.json"))}:
                found.add(_request_of(path))
    return found


def _request_of(package: Path) -> int:
    return int(package.stem.partition("-")[2])


def delete_files_of(settings: Settings, request_ids: Sequence[int]) -> int:
    """Delete the packages that were made for these requests; how many files went."""
    found = [
        path
        for number in request_ids
        for kind in ("access", "export")
        for path in privacy_folder(settings).glob(f"{kind}-{number}.*")
    ]
    for path in found:
        path.unlink()
    return len(found)


def write_private(path: Path, content: str | bytes) -> Path:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    aside.touch(mode=0o600)
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    aside.replace(path)
    return path


def as_json(value: Any) -> str:
    """Dates and amounts become texts, which loses nothing."""
    return json.dumps(value, default=str, ensure_ascii=False, indent=1)


def render(template: str, **values: Any) -> str:
    """A page that fetches nothing from elsewhere and runs no script."""
    return _template(template).render(**values)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A value as a person reads it: lists and parts in one line, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{_label(name)}: {_cell(part)}" for name, part in value.items() if part is not None)
    if isinstance(value, list):
        return ", ".join(str(_cell(part)) for part in value)
    return f"{value:,.4g}" if isinstance(value, float) and abs(value) < 1 else value


def _label(name: str) -> str:
    return name.replace("_", " ")


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns in which any row has a value."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [name for name in names if any(row.get(name) is not None for row in rows)]


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "label": _label, "columns": _columns, "kept": kept, "on_erasure": on_erasure}
    return environment.get_template(name)
