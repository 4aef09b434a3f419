"""Background processes: found again, told from others, and ended with everything that they started."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from recsys.io import processes
from recsys.io.processes import Service

# Starts a child in a process group of its own, as Airflow does with its tasks, and says so when both are there.
_PARENT = """
import os, signal, subprocess, sys, time
if sys.argv[1] == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"],
                         process_group=0, stdout=subprocess.PIPE, text=True)
child.stdout.readline()
with open(sys.argv[2], "w") as told:
    told.write("ready")
time.sleep(600)
"""


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Starts a service with a child and returns its pid once both run."""

    def start(kind: str) -> int:
        told = tmp_path / "told"
        os.mkfifo(told)
        pid = processes.start(Service("sleeper", (sys.executable, "-c", _PARENT, kind, str(told)), {}), tmp_path)
        assert told.read_text() == "ready"
        return pid

    yield start
    processes.stop(tmp_path, ["sleeper"], grace_seconds=0)


def members(session: int) -> list[int]:
    return list(processes._processes_of({session}))


def test_a_running_service_is_found_by_its_pid_file(tmp_path, started):
    pid = started("willing")
    note = processes.read_note(tmp_path, "sleeper")
    assert note is not None
    assert note.pid == pid
    assert len(members(pid)) == 2


def test_stopping_leaves_no_child_behind(tmp_path, started):
    pid = started("willing")
    processes.stop(tmp_path, ["sleeper"], grace_seconds=0.5)
    assert members(pid) == []
    assert processes.read_note(tmp_path, "sleeper") is None


def test_a_service_that_does_not_listen_is_killed(tmp_path, started):
    pid = started("stubborn")
    assert processes.stop(tmp_path, ["sleeper"], grace_seconds=0.2) == 2
    assert members(pid) == []


def test_children_of_a_service_that_died_are_ended_too(tmp_path, started):
    pid = started("willing")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert processes.read_note(tmp_path, "sleeper") is None
    processes.stop(tmp_path, ["sleeper"], grace_seconds=0.2)
    assert members(pid) == []


def test_another_process_with_the_same_number_is_left_alone(tmp_path):
    (tmp_path / "run").mkdir()
    note = {"pid": os.getpid(), "started": 1, "fingerprint": ""}
    Path(tmp_path / "run" / "other.json").write_text(json.dumps(note))
    assert processes.read_note(tmp_path, "other") is None
    assert processes.stop(tmp_path, ["other"], grace_seconds=0) == 0


def test_a_stray_is_known_by_the_mark_of_its_home(tmp_path, started):
    pid = started("willing")
    assert pid in processes.stray_processes(tmp_path)
    assert processes.stray_processes(tmp_path / "another") == []


def test_the_fingerprint_changes_with_the_environment(tmp_path):
    one, other = (Service("x", ("true",), {"A": value}) for value in "12")
    assert one.fingerprint(tmp_path) != other.fingerprint(tmp_path)
    assert one.fingerprint(tmp_path) == Service("x", ("true",), {"A": "1"}).fingerprint(tmp_path)
