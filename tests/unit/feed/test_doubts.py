from __future__ import annotations

from typing import Any

import pytest

from recsys.feed.doubts import may_refuse_profiling


@pytest.mark.parametrize(
    ("row", "is_doubtful"),
    [
        ({"purpose": "profiling", "is_granted": "no", "recorded_at": "31.31.2024"}, True),
        ({"purpose": "prof", "is_granted": "no"}, True),
        ({"purpose": None, "is_granted": None}, True),
        ({"purpose": "marketing_email", "is_granted": "no"}, False),
        ({"purpose": " Marketing ", "is_granted": "no"}, False),
        ({"purpose": "profiling", "is_granted": "Yes"}, False),
        ({"purpose": "profiling", "is_granted": True}, False),
    ],
)
def test_rejected_consent_is_in_doubt_unless_it_clearly_refuses_nothing(row: dict[str, Any], is_doubtful: bool) -> None:
    assert may_refuse_profiling(row) is is_doubtful
