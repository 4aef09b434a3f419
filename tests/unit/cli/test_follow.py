"""Following a run over an Airflow that is real HTTP, but answers as a busy machine does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from recsys.cli import follow
from recsys.errors import StackError
from recsys.io.airflow_api import AirflowApi
from recsys.settings import Settings


class Answers(BaseHTTPRequestHandler):
    n_refusals = 0

    def do_POST(self) -> None:
        self._answer(200, {"access_token": "token"})

    def do_GET(self) -> None:
        if Answers.n_refusals > 0:
            Answers.n_refusals -= 1
            self._answer(503, {"detail": "busy"})
        else:
            self._answer(200, {"task_instances": []} if self.path.endswith("taskInstances") else {"state": "success"})

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def api() -> Iterator[AirflowApi]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield AirflowApi(f"http://127.0.0.1:{server.server_port}", "admin", "password")
    server.shutdown()
    server.server_close()


def test_slow_answers_do_not_end_the_watch(api, monkeypatch, capsys):
    monkeypatch.setattr(follow, "_POLL_SECONDS", 0.01)
    Answers.n_refusals = 3
    follow.follow(Settings(), api, "recommendations", "run-1")
    assert "the run is complete" in capsys.readouterr().out


def test_airflow_that_stays_away_is_told(api, monkeypatch):
    monkeypatch.setattr(follow, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(follow, "_PATIENCE_SECONDS", 0.1)
    Answers.n_refusals = 1_000_000
    with pytest.raises(StackError, match="503"):
        follow.follow(Settings(), api, "recommendations", "run-1")
