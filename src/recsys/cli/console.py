"""What every command shares: its settings, and how it speaks to people and to programs."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from recsys.errors import RecsysError
    from recsys.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_SECONDS_BETWEEN_PROGRESS = 5.0
_chosen_home: ContextVar[Path | None] = ContextVar("_chosen_home", default=None)
_COMMAND = re.compile(r"`recsys (?!--home)")


def use_home(home: Path | None) -> None:
    """From here on this process, and all that it starts, works for the installation in `home`; None: as it was."""
    _chosen_home.set(home)
    if home is not None:
        os.environ["RECSYS_HOME"] = str(home.resolve())


def read_settings() -> Settings:
    """The settings of this installation. Raises `SettingsError` for one that cannot be."""
    from pydantic import ValidationError

    from recsys.errors import SettingsError
    from recsys.settings import Settings

    try:
        settings = Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"RECSYS_{str(wrong['loc'][0]).upper()}"
        message = f"{name} is wrong: {wrong['msg']}."
        raise SettingsError(message, remedy=f"Correct {name} in the environment.") from error
    return settings.model_copy(update={"home": settings.home.resolve()})


def say(text: str = "") -> None:
    """A line for people, at once."""
    typer.echo(text)
    sys.stdout.flush()


def say_json(value: Any) -> None:
    """A value for programs; dates as ISO texts."""
    typer.echo(json.dumps(value, default=str, indent=2))


@contextmanager
def lines_aside(as_json: bool) -> Iterator[None]:
    """Where the answer is JSON, lines for people and logs go to standard error in the meantime."""
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def hint(text: str) -> None:
    """A line for people that names commands, as they have to be given for this home."""
    say(for_this_home(text))


def show_error(error: RecsysError) -> None:
    """The message in red and what to do about it, on standard error."""
    typer.secho(for_this_home(error.message), fg=typer.colors.RED, err=True)
    if error.remedy:
        typer.echo(for_this_home(error.remedy), err=True)


def for_this_home(text: str) -> str:
    """Commands in `text`, which stand in backticks, with the home that was chosen for this one, to be copied.

    A home from the environment is known to the next command as well.
    """
    home = _chosen_home.get()
    return text if home is None else _COMMAND.sub(lambda _: f"`recsys --home {shlex.quote(str(home))} ", text)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their longest value; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(columns), *cells]) for i in range(len(columns))]
    is_right = [bool(cells) and all(_is_number(line[i]) for line in cells) for i in range(len(columns))]
    for line in [list(columns), ["-" * width for width in widths], *cells]:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, is_right, strict=True)
        ]
        say("  ".join(padded).rstrip())


def in_seconds(seconds: float | None) -> str:
    """`4.2 s`, `3 min 05 s`, or nothing."""
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


def in_megabytes(n_bytes: int | None) -> str:
    """`312 MB`, or nothing."""
    return "" if n_bytes is None else f"{n_bytes / 1e6:,.0f} MB"


class StepProgress:
    """The progress of a step that runs in this process: one line every few seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int | None, what: str) -> None:
        """See `recsys.types.Progress`."""
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN_PROGRESS:
            self._last = now
            say(f"    {done:,} of {'?' if total is None else f'{total:,}'} {what}")


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _is_number(text: str) -> bool:
    return text == "" or text[0].isdigit()
