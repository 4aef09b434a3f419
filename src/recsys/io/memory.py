"""Peak memory of this process, which Linux lets a process reset for itself."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR_REFS = Path("/proc/self/clear_refs")


def reset_peak_memory() -> None:
    """Begin a new peak at what is resident now (proc(5): writing 5 to clear_refs)."""
    _CLEAR_REFS.write_text("5")


def peak_memory_bytes() -> int:
    """Largest resident set since the last reset, in bytes."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{_STATUS} has no VmHWM")
