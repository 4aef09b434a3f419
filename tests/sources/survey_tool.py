"""A survey tool that exports all answers every day, in one file of JSON Lines: what is not in it was deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ANSWERS: dict[str, dict[str, Any]] = {
    "r1": {"response_id": "r1", "respondent": "c1", "answered_at": "2026-01-01T18:00:00Z", "risk_tolerance": 3},
    "r2": {"response_id": "r2", "respondent": "c2", "answered_at": "2026-01-01T19:00:00Z", "risk_tolerance": 2},
    "r3": {"response_id": "r3", "respondent": "c5", "answered_at": "2026-01-02T20:00:00Z", "risk_tolerance": 5},
}


@dataclass(frozen=True)
class SurveyTool:
    """The tool and the folder of its export."""

    folder: Path

    def apply(self, day: int) -> None:
        """The export of day 1, 2 or 3."""
        changed = {**_ANSWERS["r1"], "risk_tolerance": 4}
        answers = {
            1: [_ANSWERS["r1"], _ANSWERS["r2"]],
            2: [_ANSWERS["r1"], _ANSWERS["r2"], _ANSWERS["r3"]],
            3: [changed, _ANSWERS["r3"]],
        }[day]
        lines = [json.dumps({**answer, "device": {"os": "any"}}) for answer in answers]
        if day == 2:
            lines.insert(1, '{"response_id": "r9", "respondent":')
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "surveys.jsonl").write_text("\n".join(lines) + "\n")
