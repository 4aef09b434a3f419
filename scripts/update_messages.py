"""Gather what the pages say into each catalogue of `locale/`: `python scripts/update_messages.py [LANGUAGE]`.

New messages come with an empty translation, those that are said no more go; a LANGUAGE that has none gets a catalogue.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PAGES = Path(__file__).parents[1] / "src" / "recsys" / "api" / "pages"
LOCALE = PAGES / "locale"
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
OPTIONS = {"**.j2": {"trimmed": "true"}}


def said() -> Catalog:
    """Every message of the pages, without where it stands: places change with each edit, and nobody reads them."""
    template = Catalog(project="recsys")
    found = extract_from_dir(str(PAGES), METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",))
    for _, _, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def read_catalogue(path: Path) -> Catalog:
    """The catalogue of a language."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def main() -> None:
    """As the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", nargs="?", help="ISO 639-1 code of a language to add")
    new = parser.parse_args().language
    template = said()
    for path in sorted({*LOCALE.glob("*.po"), *([LOCALE / f"{new}.po"] if new else [])}):
        catalogue = read_catalogue(path) if path.exists() else Catalog(locale=path.stem)
        catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, sort_output=True, omit_header=True, ignore_obsolete=True)
        missing = sum(1 for message in catalogue if message.id and not message.string)
        print(f"{path.name}: {len(catalogue)} messages, {missing} without a translation")


if __name__ == "__main__":
    main()
