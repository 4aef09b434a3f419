"""`docs/feed.md`: the feed contract for people, written from the contract itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recsys.feed.columns import Column, Kind, Privacy, Purpose, Standard, Table
from recsys.feed.contract import TABLES
from recsys.feed.manifest import EXTRA_CLASSES

_INTRODUCTION = """\
# The feed contract

This page is generated from `src/recsys/feed/contract.py` (`recsys feed page > docs/feed.md`); a test keeps it fresh.

A feed is a folder, or any URL that fsspec knows, with one file per table, named after it: `customers.csv`,
`holdings.parquet`, `interactions.jsonl`; `.csv.gz` and `.jsonl.gz` too. `recsys feed check DIR` checks one without a
database.

- CSV: UTF-8 (a byte-order mark is no harm), commas, column names in the first line. A text with a comma, quote or line
  feed stands in double quotes, and a quote in it is doubled. An empty value is no value. Lines without any value are
  skipped. Lines are numbered as an editor numbers them.
- JSON Lines: one object per line; a key that is left out is no value.
- Parquet: column types as below; whole numbers may stand for texts, doubles for amounts. The number of the row stands
  for the line.
- The order of columns is free. An optional column may be left out; **a column that is not declared stops the run**.
- Files with other endings, hidden files and sub-folders (such as `truth/` of the demo bank) are not read.
"""

_KINDS = {
    Kind.TEXT: "text in UTF-8, without NUL",
    Kind.INTEGER: "`-12`, `40`",
    Kind.NUMBER: "`0.5`, `-3`, `1e-6`",
    Kind.MONEY: "`1234.50`: in the feed's currency, at most two decimals, no separators",
    Kind.DATE: "`2026-01-31`",
    Kind.TIMESTAMP: "`2026-01-31T09:30:00+01:00`; without an offset it is UTC, a date alone is midnight",
    Kind.BOOLEAN: "`true`/`false`, `1`/`0`, `yes`/`no`, in any case",
    Kind.TEXT_LIST: "`AT|DE`: values separated by `|` (a list in Parquet and JSON Lines)",
}
_CLASSES = {
    Privacy.KEEP: "passes the privacy boundary as it is",
    Privacy.PSEUDONYMISE: "becomes a keyed pseudonym",
    Privacy.GENERALISE: "becomes a coarser value",
    Privacy.REDACT: "free text; personal values in it become tags",
    Privacy.ENCRYPT: "is sealed in the identity zone and never passes",
    Privacy.DROP: "is checked, then forgotten",
}
_PURPOSES = {
    Purpose.FEATURE: "a model may see it",
    Purpose.RULE: "a permission rule may see it",
    Purpose.AUDIT: "fairness and quality reports may see it, a model never",
    Purpose.CONTACT: "for reaching the customer",
}
_STANDARDS = {
    Standard.TEXT: "misread encodings and HTML entities undone, Unicode NFC, nothing invisible, single spaces and"
    " line feeds",
    Standard.NAME: "as text, and `HOPPER, GRACE` as `Grace Hopper`, `o'brien` as `O'Brien`",
    Standard.ADDRESS: "as text, and `FRANKFURT AM MAIN` as `Frankfurt am Main`",
    Standard.POSTCODE: "as the post of the row's country writes it: `d-10115` as `10115`, `sw1a1aa` as `SW1A 1AA`",
    Standard.COUNTRY: "ISO 3166 alpha-2, from `DEU`, `276`, `Deutschland`, `Germany`, `Allemagne`, ...",
    Standard.EMAIL: "without `mailto:` and what else stands around it, the domain in small letters",
    Standard.PHONE: "ITU-T E.164, `030 123456` of a German as `+4930123456`, where the number is valid",
    Standard.NATIONAL_ID: "capitals without separators, where the checksum of the row's country holds",
    Standard.IBAN: "capitals without spaces, where structure and checksum hold",
    Standard.CURRENCY: "ISO 4217, from symbols that stand for one currency (`€`, not `$`) and from names",
    Standard.DATE: "ISO 8601, from `03.07.1979`, `1979/07/03`, `19790703`, `3 July 1979`, `3. Juli 1979`, and from"
    " `25/12/1979`, not from `03/07/1979`, which can mean two days",
}
_STANDARDISING = """\
A *quasi-identifier* is what others may know of a person; `anonymise_feed` makes region, birth year, country and gender
coarser where fewer than `RECSYS_K_ANONYMITY` persons share them, see
[decision 24](decisions/0024-k-over-what-outsiders-know.md). *Sensitive* is what nobody should learn from those.

Before a row is checked, the texts of a column with a standard are brought to it. A value that the standard cannot read
stays as it is, and is then checked like any other. How many values changed is counted per column (`standardised`);
what they were before stays inside the privacy boundary, sealed. Amounts have no standard: `1,234` is a thousand in one
country and a little more than one in the next.
"""
_RULES = """\
## What happens to bad data

A row that breaks a rule goes to `quarantine.rows` with table, line, column, rule and reason, its content sealed and the
customer id hashed with a key; the run goes on and reports the counts. Of several broken rules the first counts.

| rule | a row is rejected because |
|---|---|
| `column_count` | it has more or fewer values than the first line has names |
| `encoding` | it is not UTF-8, or holds NUL or a carriage return of its own |
| `json` | the line is not one JSON object |
| `type` | a value is not written as its type wants it, or is no day of the calendar |
| `required` | a required value is missing |
| `max_length` | a value is longer than it may be, or a line longer than a mebibyte |
| `choice` | a value is none of those that the contract lists |
| `range` | a number is too small or too large |
| `future_date` | a date lies after `as_of` of `feed.toml` (without it: after today) |
| `unknown_reference` | it names a customer or product that the feed does not have, or that was rejected itself |
| `duplicate_key` | an accepted row before it has the same key |

The run stops, and nothing of the feed goes any further, when a table has more bad rows than
`RECSYS_MAX_BAD_ROW_SHARE` (5 %) allows, and for:

| rule | the feed is refused because |
|---|---|
| `missing_table`, `empty_table` | a required table has no file, or no row |
| `unknown_format` | a file is named after a table, but in a way or with an ending that nobody reads |
| `undeclared_table`, `duplicate_table` | a data file is nobody's table, or a table stands in two files or in a folder |
| `missing_column`, `undeclared_column`, `duplicate_column` | the names of the columns are not those of the contract |
| `unclosed_quote` | a quote of a CSV file is not closed and would swallow the rows after it |
| `encoding`, `parquet`, `json`, `type` | a file is UTF-16, damaged or truncated, or a column can never be its type |
"""
_VOCABULARIES: tuple[tuple[str, Mapping[Any, str]], ...] = (
    ("Types", _KINDS),
    ("Privacy classes", _CLASSES),
    ("Purposes", _PURPOSES),
    ("Standards", _STANDARDS),
)


def feed_page() -> str:
    """The whole page in Markdown, ending with a line feed."""
    return "\n".join([_INTRODUCTION, *_words(), *(_table(table) for table in TABLES), _manifest(), _RULES])


def _words() -> Iterator[str]:
    for title, words in _VOCABULARIES:
        lines = [_cells(name.value, meaning) for name, meaning in words.items()]
        yield "\n".join([f"## {title}", "", "| name | meaning |", "|---|---|", *lines, ""])
    yield _STANDARDISING


def _table(table: Table) -> str:
    needed = "Required." if table.required else "Optional."
    key = ", ".join(f"`{name}`" for name in table.key)
    return "\n".join(
        [
            f"## `{table.name}`",
            "",
            f"{table.description} {needed} Key: {key}.",
            "",
            "| column | type | class | purpose | standard | what it holds | limits | identifies |",
            "|---|---|---|---|---|---|---|---|",
            *(_row(column) for column in table.columns),
            "",
        ]
    )


def _row(column: Column) -> str:
    standard = column.standard or ""
    words = (column.kind, column.privacy, column.purpose, standard, column.description)
    return _cells(f"`{column.name}`", *words, _limits(column), _exposure(column))


def _cells(*texts: str) -> str:
    """A row of a Markdown table; a pipe inside a cell would end it."""
    return f"| {' | '.join(text.replace('|', chr(92) + '|') for text in texts)} |"


def _limits(column: Column) -> str:
    limits = ["required"] if column.required else []
    if column.choices:
        limits.append("one of " + ", ".join(f"`{choice}`" for choice in column.choices))
    if column.minimum is not None:
        limits.append(f"at least {column.minimum:,.15g}")
    if column.maximum is not None:
        limits.append(f"at most {column.maximum:,.15g}")
    if column.kind in (Kind.TEXT, Kind.TEXT_LIST):
        limits.append(f"at most {column.max_length:,} characters")
    if column.references:
        limits.append(f"in `{column.references}`")
    if column.not_future:
        limits.append("not after `as_of`")
    return "; ".join(limits)


def _exposure(column: Column) -> str:
    if column.is_quasi_identifier:
        return "quasi-identifier"
    return "sensitive" if column.is_sensitive else ""


def _manifest() -> str:
    return f"""\
## `feed.toml`

Optional, and so is every key in it; a key that is not listed here is an error.

```toml
name = "First Bank"          # "bank"
currency = "EUR"             # of every amount without a currency of its own
as_of = 2026-01-31           # until when the feed knows; left out: the last date in it
mode = "full"                # "full": the whole bank; "delta": new and changed rows by key
history = "events"           # "events": holdings have dates; "snapshot": they have none
legal_basis = "consent"      # of profiling; anything else is named and counts for every customer

[columns.customers.loyalty_points]  # a column beyond the contract
type = "integer"             # {", ".join(Kind)}
class = "keep"               # {", ".join(EXTRA_CLASSES)} (encrypt: only of customers)
purpose = "feature"          # {", ".join(Purpose)}
description = "Points on the card."
label = "loyalty balance"    # in a reason: "Your loyalty balance is 400 or more"; left out: customers are not told
required = false             # from description on, all may be left out
minimum = 0
maximum = 1000000
choices = []
max_length = 200
```

A column beyond the contract goes no further than `raw`, unless its purpose is `feature`: then it becomes a feature of
the models, with no change of code.

| column of | type | what becomes of it |
|---|---|---|
| `customers`, `surveys` | text | one feature for each frequent value (at most 40, each of 20 customers or more), one \
for all others |
| | boolean | yes or no |
| | integer with `minimum` and `maximum` at most 10 apart | one feature for each value, as of a text |
| | other integer, number, money | bands with about equally many customers |
| | date, timestamp | bands of the days that have passed; a day after the feature date is not known yet |
| `products` | text, boolean | a label of the product, where two products or more share the value |

Only of the classes `keep` and `redact`; lists, other types of `products`, and the other tables are not read.
`recsys feed check` says how many columns become features, and of each that was meant to be one and is not, why. A value
counts from `valid_from` of its row on (without it, from `registered_at`) or from `answered_at`.
"""
