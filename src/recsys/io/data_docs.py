"""Great Expectations' Data Docs as pages that a bank can keep: nothing in them is fetched from elsewhere."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

# Scripts, styles and images from content networks; one image even asks its maker's server with the time of the run.
_REMOTE = re.compile(
    r'<script\b[^>]*\bsrc="https?:[^>]*>\s*</script>|<link\b[^>]*\bhref="https?:[^>]*>|<img\b[^>]*\bsrc="https?:[^>]*>'
    r"|background: url\('https?:[^)]*\)[^;]*;"
)
_STYLE = """<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: .35rem .6rem; text-align: left; vertical-align: top; }
.modal, form, footer, script, .btn-group { display: none; }
.fa-check-circle::before { color: #060; content: "✔"; }
.fa-times::before { color: #b00; content: "✘"; }
.fa-exclamation-triangle::before { color: #b60; content: "⚠"; }
</style>
</head>"""


def make_self_contained(folder: Path) -> None:
    """Take out of every page in `folder` what a browser would fetch from the internet, and style it plainly."""
    for page in folder.rglob("*.html"):
        page.write_text(_REMOTE.sub("", page.read_text()).replace("</head>", _STYLE, 1))
    # Fonts and tutorial pictures: 4 MB in every run.
    shutil.rmtree(folder / "static", ignore_errors=True)
