"""docs/api.md: every command on it is run, against the running API."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tests.api.callers import CUSTOMER_ID
from tests.api.running_api import RunningApi

from recsys.io.accounts import Account, replace_accounts

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_command_of_the_page_is_answered(api: RunningApi) -> None:
    commands = "".join(BLOCKS.findall(PAGE.read_text()))
    assert commands.count("curl -sf") == 10
    passwords = replace_accounts(api.settings.home, [Account("crm", "system")])
    environment = {"API": api.url, "PASSWORD": passwords["crm"], "CUSTOMER": CUSTOMER_ID, "PRODUCT": "p1"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=commands,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for said in (
        '"status":"served"',
        '"outcome":"offered"',
        '"publication_id":1',
        '"feedback_ids":[',
        '"question_id":',
    ):
        assert said in done.stdout
