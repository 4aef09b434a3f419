"""Each language says all that the pages say, and nothing else."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "update_messages.py"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("update_messages", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


UPDATE = load_script()
CATALOGUES = sorted(UPDATE.LOCALE.glob("*.po"))


def forms(text: str | Iterable[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_catalogue_has_what_the_pages_say_and_nothing_else(path: Path) -> None:
    said = {(message.context, message.id) for message in UPDATE.said() if message.id}
    known = {(message.context, message.id) for message in UPDATE.read_catalogue(path) if message.id}
    assert known == said, "`make messages` gathers them"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_message_is_translated_with_the_same_places(path: Path) -> None:
    wrong = []
    for message in UPDATE.read_catalogue(path):
        translated = forms(message.string)
        places = {tuple(sorted(re.findall(r"%\(\w+\)[sd]|<[^>]+>", form))) for form in forms(message.id)}
        if message.id and not all(
            form and tuple(sorted(re.findall(r"%\(\w+\)[sd]|<[^>]+>", form))) in places for form in translated
        ):
            wrong.append(message.id)
    assert wrong == []
