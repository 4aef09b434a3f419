"""Free-text categories in the spellings in which people and shops write them, and rare values that only look alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.feed.demo.arrays import Bools, choose, pick
from recsys.feed.demo.words import MERCHANTS

VARIANT_SHARES = {"occupation": 0.04, "merchant": 0.02, "city": 0.02}
# Of the values that are written at all. They are others, and nobody should merge them.
NEAR_MISS_SHARES = {"occupation": 0.004, "merchant": 0.001, "city": 0.002}

OCCUPATION_VARIANTS: Mapping[str, tuple[str, ...]] = {
    "nurse": ("Nurse", "NURSE", "nurse.", "nurses"),
    "teacher": ("Teacher", "TEACHER", "teachers", "techer", "teacher "),
    "engineer": ("Engineer", "ENGINEER", "Enginer", "engineers", "engeneer"),
    "clerk": ("Clerk", "CLERK", "clerk.", "(clerk)"),
    "driver": ("Driver", "DRIVER", "drivers", "drivver"),
    "electrician": ("Electrician", "electrican", "electricians", "elektrician", "ELECTRICIAN"),
    "manager": ("Manager", "MANAGER", "managers", "mananger"),
    "cook": ("Cook", "COOK", "cook."),
    "developer": ("Developer", "DEVELOPER", "developper", "developers", "develper"),
    "physician": ("Physician", "physican", "physicians", "PHYSICIAN"),
    "salesperson": ("Salesperson", "sales person", "sales-person", "salespreson", "SALESPERSON"),
    "mechanic": ("Mechanic", "mechanik", "mechanics", "MECHANIC", "mecanic"),
    "accountant": ("Accountant", "acountant", "accountants", "accontant", "ACCOUNTANT"),
    "designer": ("Designer", "DESIGNER", "desginer", "designers"),
    "farmer": ("Farmer", "FARMER", "farmers", "farmer."),
}
OCCUPATION_NEAR_MISSES = ("cooper", "cleric", "trainer", "trainee", "banker", "baker", "diver", "assigner", "framer")

MERCHANT_TYPOS: Mapping[str, str] = {
    "FRESHMART": "FRESHMRAT", "CARREFOUR CITY": "CAREFOUR CITY", "TESCO EXPRESS": "TESCO EXPRES",
    "MONOPRIX": "MONOPIRX", "PIZZERIA ROMA": "PIZERIA ROMA", "BRASSERIE DU PORT": "BRASERIE DU PORT",
    "LUFTHANSA": "LUFTHNASA", "DEUTSCHE BAHN": "DEUTSHCE BAHN", "PHARMACY PLUS": "PHARAMCY PLUS",
    "OPTICIAN VISION": "OPTICAN VISION", "APOTHEKE AM MARKT": "APOTEKE AM MARKT", "LEROY MERLIN": "LEROY MERLNI",
    "GARDEN WORLD": "GRADEN WORLD", "FURNITURE OUTLET": "FURNITUR OUTLET", "MEDIAMARKT": "MEDIAMRKT",
    "PRIMARK": "PRIMRAK", "TOTAL ENERGIES": "TOTAL ENERGEIS", "KINDERGARTEN FEES": "KINDERGARDEN FEES",
    "UNIVERSITY FEES": "UNIVERISTY FEES", "LANGUAGE SCHOOL": "LANGAUGE SCHOOL", "NETFLIX": "NETFLXI",
    "SPOTIFY": "SPOTFIY", "CONCERT TICKETS": "CONCERT TIKCETS", "STADTWERKE": "STADTWEKRE",
    "ELECTRIC IRELAND": "ELETCRIC IRELAND", "VODAFONE": "VODAFNOE", "INTERNET PROVIDER": "INTERNET PROVDIER",
}  # fmt: skip
MERCHANT_SPACINGS: Mapping[str, str] = {
    "FRESHMART": "FRESH MART", "MEDIAMARKT": "MEDIA MARKT", "PHONE HOUSE": "PHONEHOUSE", "BOOKSHOP": "BOOK SHOP",
    "GAME STOP": "GAMESTOP",
}  # fmt: skip
MERCHANT_NEAR_MISSES = (
    "ALDI NORD", "TESCO EXTRA", "CITY TAXES", "CITY PARK", "ZARAS PIZZA", "SCHOOL CONCERT", "CURRY HOUSE",
    "CINEMA WORLD", "TOY CITY", "MUSIC STORE",
)  # fmt: skip

# All of them as standardising leaves a town, which puts capitals and spaces right.
CITY_VARIANTS: Mapping[str, tuple[str, ...]] = {
    "Berlin": ("Berlin.", "Berllin"), "Hamburg": ("Hambrug", "Hambourg"), "Hannover": ("Hanover", "Hannovre"),
    "Köln": ("Koln", "Köln.", "Koeln"), "Frankfurt": ("Frankfrut", "Frankfurt."),
    "Stuttgart": ("Stutgart", "Stuttgrat"), "München": ("Munchen", "Muenchen", "Müchen"),
    "Nürnberg": ("Nurnberg", "Nuernberg", "Nürnbreg"), "Leipzig": ("Leipizg", "Leipzg"),
    "Dresden": ("Drseden", "Dressden"),
    "Paris": ("Paris.", "Pariss"), "Marseille": ("Marseile", "Marseilles"), "Lyon": ("Lyon.",),
    "Toulouse": ("Toulose", "Toulousse"), "Nice": ("Nice.",), "Nantes": ("Nantes.", "Nanntes"),
    "Strasbourg": ("Strassbourg", "Strasburg"), "Bordeaux": ("Bordaeux", "Bordeau"), "Lille": ("Lille.", "(Lille)"),
    "Rennes": ("Rennes.", "Rennnes"),
    "Dublin": ("Dublin.", "Dubblin"), "Cork": ("Cork.",), "Limerick": ("Limerik", "Limmerick"), "Galway": ("Gallway",),
    "Waterford": ("Watreford", "Waterfrod"), "Kilkenny": ("Kilkeny", "Killkenny"), "Sligo": ("Sligo.",),
    "Athlone": ("Athlonne", "Athlnoe"), "Tralee": ("Trallee",), "Dundalk": ("Dundlak", "Dundallk"),
}  # fmt: skip
CITY_NEAR_MISSES = (
    "Homburg", "Frankenthal", "Nienburg", "Berlingen", "Drebach", "Nanterre", "Lillers", "Parisot", "Dundrum",
    "Corofin",
)  # fmt: skip

_VARIANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"occupation": OCCUPATION_VARIANTS, "city": CITY_VARIANTS}
_NEAR_MISSES = {"occupation": OCCUPATION_NEAR_MISSES, "merchant": MERCHANT_NEAR_MISSES, "city": CITY_NEAR_MISSES}
COLUMNS = (("customers", "occupation"), ("customers", "city"), ("transactions", "merchant"))


def merchant_variants(name: str) -> tuple[str, ...]:
    """Other spellings of a merchant: case, punctuation, the order of two words, spacing and a typing error."""
    found = [name.lower(), f"{name}.", MERCHANT_TYPOS.get(name), MERCHANT_SPACINGS.get(name)]
    words = name.split(" ")
    if len(words) == 2:
        found += [f"{words[1]} {words[0]}", f"{words[0]}-{words[1]}"]
    return tuple(variant for variant in found if variant)


def variants_of(column: str) -> Mapping[str, tuple[str, ...]]:
    """Spellings of each canonical value of a column."""
    if column in _VARIANTS:
        return _VARIANTS[column]
    return {name: merchant_variants(name) for group in MERCHANTS for name in group}


def near_misses(column: str) -> tuple[str, ...]:
    """Values of a column that look like others and are not."""
    return _NEAR_MISSES[column]


def add_variants(rng: np.random.Generator, column: str, values: pa.Array, may_change: Bools | None = None) -> pa.Array:
    """Canonical `values` `(n,)`, some of them in another spelling and a few replaced by near misses.

    Rows that `may_change` `(n,)` excludes stay, and so do rows without a value.
    """
    draw = rng.random(len(values))
    is_open = values.is_valid().to_numpy(zero_copy_only=False) & (True if may_change is None else may_change)
    share, miss_share = VARIANT_SHARES[column], NEAR_MISS_SHARES[column]
    rows = np.nonzero(is_open & (draw < share + miss_share))[0]
    spelled = _spelled(rng, variants_of(column), values.take(pa.array(rows)))
    others = near_misses(column)
    missed = pick(others, rng.integers(0, len(others), len(rows)))
    mask = np.zeros(len(values), bool)
    mask[rows] = True
    return pc.replace_with_mask(values, pa.array(mask), choose(draw[rows] < share, spelled, missed))


def variant_rows() -> pa.Table:
    """Rows of `variants`: every spelling with the value that it stands for; near misses stand for themselves."""
    rows = []
    for table, column in COLUMNS:
        for canonical, spellings in variants_of(column).items():
            rows += [(table, column, written, canonical) for written in (canonical, *spellings)]
        rows += [(table, column, name, name) for name in near_misses(column)]
    names = ("table", "column", "written", "canonical")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _spelled(rng: np.random.Generator, variants: Mapping[str, tuple[str, ...]], values: pa.Array) -> pa.Array:
    sizes = np.array([len(spellings) for spellings in variants.values()])
    pool = [spelling for spellings in variants.values() for spelling in spellings]
    canonical = pc.index_in(values, value_set=pa.array(list(variants))).to_numpy()
    place = (np.cumsum(sizes) - sizes)[canonical] + (rng.random(len(values)) * sizes[canonical]).astype(np.int64)
    return pick(pool, place)
