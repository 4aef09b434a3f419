"""Publish a demo bank and write what it answers about one row, one refusal and one investment into the documents.

`python -m bench.decisions`: the README's why-not and decision, docs/decision-record.md, docs/suitability-statement.md
and its picture, all of the same run. The picture needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from bench.banks import DEMO, PROJECT
from bench.installation import RECSYS, Installation
from bench.markers import replace_part

README = PROJECT / "README.md"
RECORD, STATEMENT = PROJECT / "docs" / "decision-record.md", PROJECT / "docs" / "suitability-statement.md"
PICTURE = PROJECT / "docs" / "images" / "suitability-statement.png"
CHROMIUM = "/usr/bin/chromium"
CUSTOMERS = "2000"

# An investment high in the list of somebody who reads English, with as much to say of it as there can be; and somebody
# of whom part of the truth is known and part is not.
_ADVISED = """
    select recommended.customer_id, recommended.product_id
    from serving.recommendations as recommended
    inner join serving.catalogue using (product_id)
    where catalogue.limits ? 'risk_class' and recommended.rank <= 3 and recommended.language = 'en'
    order by cardinality(recommended.reasons) desc, recommended.rank, recommended.score desc, recommended.customer_id
    limit 1
"""
_REFUSED = """
    select customer_id, product_id from serving.eliminations
    group by customer_id, product_id
    having count(*) between 2 and 4 and bool_or(is_unknown) and not bool_and(is_unknown)
    order by customer_id, product_id limit 1
"""


def main() -> None:
    """Publish, ask, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=PROJECT / ".recsys" / "decisions")
    installation = Installation(parser.parse_args().home)
    feed = installation.home / "feeds" / DEMO
    installation.recsys("feed", DEMO, "--customers", CUSTOMERS, "--out", str(feed))
    installation.recsys("up", "--database-only")
    try:
        installation.recsys("run", "--local", "--train", "always", "--feed", str(feed), RECSYS_TUNING_TRIALS="0")
        write(installation)
    finally:
        installation.recsys("down")


def write(installation: Installation) -> None:
    """The documents, from the publication that readers see."""
    advised, refused = found(installation, _ADVISED), found(installation, _REFUSED)
    record = printed(installation, "explain", *advised)
    RECORD.write_text(record)
    STATEMENT.write_text(printed(installation, "suitability", *advised))
    take_picture(installation, advised)
    facts, _, rest = record.partition("## Rules")
    replace_part(README, "why-not", as_asked(("why", *refused), printed(installation, "why", *refused)))
    replace_part(README, "decision", as_asked(("explain", *advised), f"{facts}{opening(rest)}"))


def take_picture(installation: Installation, advised: tuple[str, str]) -> None:
    """The statement as a page, as it is printed."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder) / "statement.html"
        installation.recsys("suitability", *advised, "--out", str(page_file))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 900, "height": 1000})
        page.goto(page_file.as_uri())
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


def as_asked(question: tuple[str, ...], answer: str) -> str:
    """A command and what it printed, as in a terminal."""
    return f"```\n$ recsys {' '.join(question)}\n{answer.strip()}\n```"


def opening(rest: str, n_lines: int = 14) -> str:
    """The first lines of the rules, and a word on what follows."""
    lines = [line if len(line) <= 150 else f"{line[:149]}…" for line in rest.strip().splitlines()[:n_lines]]
    return "\n".join(["## Rules", "", *lines, "…"])


def found(installation: Installation, query: str) -> tuple[str, str]:
    """A customer and a product. Raises `SystemExit` where the publication has none such."""
    with installation.database().connect("downstream") as connection:
        row = connection.execute(query.encode()).fetchone()
    if row is None:
        raise SystemExit(f"The publication of {installation.home} has no such row.")
    return row[0], row[1]


def printed(installation: Installation, *arguments: str) -> str:
    """What a command prints."""
    command = [str(RECSYS), "--home", str(installation.home), *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
