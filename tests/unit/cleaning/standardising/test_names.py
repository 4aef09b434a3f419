from __future__ import annotations

import pyarrow as pa
import pytest

from recsys.cleaning.standardising.names import standard_names

CHANGED = [
    ("ADA LOVELACE", "Ada Lovelace"),
    ("ada lovelace", "Ada Lovelace"),
    (" Ada  Lovelace ", "Ada Lovelace"),
    ("Ada\nLovelace", "Ada Lovelace"),
    ("Hopper, Grace", "Grace Hopper"),
    ("HOPPER,GRACE", "Grace Hopper"),
    ("Müller-Lüdenscheidt, Hans-Peter", "Hans-Peter Müller-Lüdenscheidt"),
    ("LUDWIG VAN BEETHOVEN", "Ludwig van Beethoven"),
    ("VON GOETHE, JOHANN WOLFGANG", "Johann Wolfgang von Goethe"),
    ("DE NIRO, ROBERT", "Robert de Niro"),
    ("mary ann o'brien", "Mary Ann O'Brien"),
    ("JOHN MCDONALD", "John McDonald"),
    ("John McDONALD", "John McDonald"),
    ("Jean DUPONT", "Jean Dupont"),
    ("Jean DE LA TOUR", "Jean de La Tour"),
    ("anna-lena groß", "Anna-Lena Groß"),
    ("ANNA GROß", "Anna Groß"),
    ("J. R. R. TOLKIEN", "J. R. R. Tolkien"),
    ("HENRY TUDOR VIII", "Henry Tudor VIII"),
    ("PROF. DR. ANNA SCHMIDT", "Prof. Dr. Anna Schmidt"),
    ("JÃ¼rgen Weiß", "Jürgen Weiß"),
    ("Siobhán D’Arcy", "Siobhán D'Arcy"),
    ("İSMAİL DEMİR", "İsmail Demir"),
]
SAME = [
    "Ada Lovelace",
    "Ludwig van Beethoven",
    "Charles de Gaulle",
    "Conor McGregor",
    "Siobhán O'Brien",
    "Martin Luther King, Jr.",
    "Henry Tudor VIII",
    "Miller, Smith & Co",
    "Curie, Marie, Irène",
    "Miller, 2nd floor",
    "AJ Smith",
    "Nguyễn Văn Lê",
    "李小龍",
    "محمد علي",
    "X",
    None,
]


@pytest.mark.parametrize(("found", "expected"), CHANGED)
def test_name_is_written_as_in_a_letter(found: str, expected: str) -> None:
    assert standard_names(pa.array([found, None])).to_pylist() == [expected, None]


@pytest.mark.parametrize("name", SAME)
def test_name_that_is_right_or_may_be_stays(name: str | None) -> None:
    assert standard_names(pa.array([name], pa.string())).to_pylist() == [name]
