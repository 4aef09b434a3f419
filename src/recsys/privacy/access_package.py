"""What a person gets who asks what the bank holds: everything, in the order in which a reader wants to know it.

GDPR art. 15(1) names what belongs to it: purposes, categories, recipients, periods, rights, source and the logic of
profiling; art. 20 what may be taken along.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from recsys.privacy.places import FoundBy, Place

Row = Mapping[str, Any]
_PSEUDONYM = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class PlaceRows:
    """The person's rows in one place."""

    place: Place
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Places that answer one question."""

    title: str
    about: str
    places: Sequence[PlaceRows]

    @property
    def n_rows(self) -> int:
        """Rows in all of its places."""
        return sum(len(one.rows) for one in self.places)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What numbers and ids in published rows mean: reasons by (publication, number), products by id.

    `columns` are a publication's products in its order, `refusals` what a number there says of a product, in sentences
    by (publication, product, number).
    """

    reasons: Mapping[tuple[int, int], str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[int, Sequence[str]] = field(default_factory=dict)
    refusals: Mapping[tuple[int, str, int], Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccessPackage:
    """All that is held about one person. `models` are versions that were trained while they were a customer."""

    request_id: int
    made_at: datetime
    customer_ids: Sequence[str]
    contacts: Mapping[str, Mapping[str, str]]
    chapters: Sequence[Chapter]
    legal_basis: str
    sources: Sequence[str]
    models: Sequence[Mapping[str, str]] | None

    def to_json(self) -> dict[str, Any]:
        """Every row of every place, and what has to be said about them."""
        return {
            "request_id": self.request_id,
            "made_at": self.made_at.isoformat(),
            "customer_ids": list(self.customer_ids),
            "contact_data": {name: dict(contact) for name, contact in self.contacts.items()},
            "places": {
                one.place.name: {
                    "holds": one.place.holds,
                    "purpose": one.place.purpose,
                    "kept": kept(one.place),
                    "on_erasure": on_erasure(one.place),
                    "rows": [dict(row) for row in one.rows],
                }
                for chapter in self.chapters
                for one in chapter.places
            },
            "models": None if self.models is None else [dict(model) for model in self.models],
            "legal_basis": self.legal_basis,
            "sources": list(self.sources),
            "recipients": list(RECIPIENTS),
            "logic": list(LOGIC),
            "rights": [{"right": name, "article": article, "means": means} for name, article, means in RIGHTS],
        }


RECIPIENTS = (
    "The bank's own systems that show offers (its app, its e-mails, the desks of its advisors) get the products, "
    "their order and the reasons, by the bank's customer id.",
    "Nobody outside the bank gets anything. Nothing is sent to another country.",
)
LOGIC = (
    "Which products the bank shows first is worked out by a program. It compares coarse attributes (birth year, "
    "region, income, what is held, spending by category) with those of customers who opened a product, and puts "
    "products first that such customers opened more often than others. Names, contact data, sex and marital status are "
    "never used for it.",
    "Before that, fixed rules take products out: those already held, those not on sale, and those that age, income, "
    "country, risk or knowledge do not permit. Each rule that took something out is written down here.",
    "The result is an order of offers. No contract, credit or price is decided by it (GDPR art. 22), and without "
    "consent, or after an objection, only what is popular with all customers is shown.",
)
RIGHTS = (
    ("Correction", "GDPR art. 16", "Wrong data is put right."),
    ("Erasure", "GDPR art. 17", "Everything is deleted, but for what a law makes the bank keep; you get a receipt."),
    ("Restriction", "GDPR art. 18", "Your data stays where it is and is not used."),
    ("Data portability", "GDPR art. 20", "What you provided, as files for another bank."),
    ("Objection", "GDPR art. 21", "No more personal recommendations, from that moment on."),
    ("Withdrawal of consent", "GDPR art. 7(3)", "At any time, as easily as it was given."),
    ("Complaint", "GDPR art. 77", "To the data-protection authority of your country."),
)
_CHAPTERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Who you are here", "Your contact data, and under which keys the tables know you.", ("identity.",)),
    ("What was reported about you", "As the bank's systems delivered it; names and numbers taken out.", ("raw.",)),
    (
        "Rows that could not be used",
        "They broke a rule, and wait until somebody mends or drops them.",
        ("quarantine.",),
    ),
    (
        "The profile that was made of it",
        "Computed from the rows above; this is what the program compares.",
        ("marts.", "intermediate.", "staging."),
    ),
    (
        "What was recommended, and what was not",
        "With the reasons, and the rule that took a product out.",
        ("serving.",),
    ),
    ("What you decided and asked for", "Consents, objections, requests, and who looked.", ("ops.",)),
)


def chapters_of(held: Iterable[PlaceRows], catalogue: Catalogue) -> list[Chapter]:
    """The places that hold anything, by chapter, with numbers of published rows put into words."""
    held = [PlaceRows(one.place, [in_words(row, catalogue) for row in one.rows]) for one in held if one.rows]
    return [
        Chapter(title, about, [one for one in held if one.place.name.startswith(schemas)])
        for title, about, schemas in _CHAPTERS
    ]


def without_others(place: Place, rows: Iterable[Row], own_keys: Collection[str]) -> list[Row]:
    """`rows` of a place that names persons within a text, without the pseudonyms of anybody else beside them."""
    if place.found_by is not FoundBy.WITHIN:
        return list(rows)
    return [{**row, **{name: _own_words(row[name], own_keys) for name in place.columns}} for row in rows]


def _own_words(text: str, own_keys: Collection[str]) -> str:
    return " ".join(word for word in text.split(" ") if word in own_keys or not _PSEUDONYM.fullmatch(word))


def in_words(row: Row, catalogue: Catalogue) -> dict[str, Any]:
    """A row with the sentences and names that its numbers and ids stand for."""
    said = dict(row)
    if "reason_ids" in row:
        said["reasons"] = [
            catalogue.reasons.get((row["publication_id"], number), str(number)) for number in row["reason_ids"]
        ]
    if "product_id" in row and row["product_id"] in catalogue.products:
        said["product_name"] = catalogue.products[row["product_id"]]
    if "set_ids" in row:
        said["not_offered"] = _not_offered(row["publication_id"], row["set_ids"], catalogue)
    return said


def _not_offered(publication_id: int, set_ids: Sequence[int], catalogue: Catalogue) -> dict[str, list[str]]:
    """By product the sentences of the rules that took it out."""
    columns = catalogue.columns.get(publication_id, [str(number) for number in range(len(set_ids))])
    return {
        catalogue.products.get(product_id, product_id): list(
            catalogue.refusals.get((publication_id, product_id, set_id), [str(set_id)])
        )
        for product_id, set_id in zip(columns, set_ids, strict=True)
        if set_id
    }


def kept(place: Place) -> str:
    """For how long rows of a place stay, in words."""
    if place.keep_days is None:
        return "as long as you are a customer"
    years, days = divmod(place.keep_days, 365)
    return f"{place.keep_days} days" if days or not years else f"{years} year{'s' if years > 1 else ''}"


def on_erasure(place: Place) -> str:
    """What an erasure does to a place, in words."""
    if place.restrict_days:
        return f"sealed and used for nothing else for {place.restrict_days // 365} years: {place.duty}"
    return f"stays: {place.duty}" if place.duty else "deleted"


# What the customer has provided, by use or by telling it (Art. 29 Working Party, WP 242): nothing that was derived.
PORTABLE = ("raw.customers", "raw.holdings", "raw.transactions", "raw.surveys", "raw.consents", "raw.interactions")
_NOT_PORTABLE = ("customer_key", "advisor_key", "counterparty_key", "row_version", "is_in_arrears", "segment")


def portable_tables(package: AccessPackage) -> dict[str, list[dict[str, Any]]]:
    """The portable subset (GDPR art. 20) by table: contact data, and what was reported without the bank's own marks."""
    tables: dict[str, list[dict[str, Any]]] = {
        "contact_data": [{"customer_id": customer_id, **contact} for customer_id, contact in package.contacts.items()]
    }
    for chapter in package.chapters:
        for one in chapter.places:
            if one.place.name in PORTABLE:
                tables[one.place.table] = [
                    {name: value for name, value in row.items() if name not in _NOT_PORTABLE} for row in one.rows
                ]
    return tables


def first_registration(contacts: Mapping[str, Mapping[str, str]]) -> date | None:
    """The day on which a person first registered; None where a customer of theirs has no such day."""
    days = [contact.get("registered_at") for contact in contacts.values()]
    return min(date.fromisoformat(day) for day in days if day) if days and all(days) else None
