"""Write the schema of the file that customers download into `docs/own-data.schema.json`."""

from __future__ import annotations

import json
from pathlib import Path

from recsys.api.pages.customer.own_copy import OwnCopy

SCHEMA = Path(__file__).parents[1] / "docs" / "own-data.schema.json"

if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(OwnCopy.model_json_schema(mode="serialization"), indent=2) + "\n")
