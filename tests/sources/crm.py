"""A CRM over REST: a real HTTP server with pages, a bearer token, a rate limit, soft deletes and `updated_since`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_ROWS = 2
TOKEN = "crm-t0ken-right"


class Crm:
    """The system. `troubles` are statuses that it answers next, before it answers as it should."""

    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, Any]] = {}
        self.consents: dict[tuple[str, str], dict[str, Any]] = {}
        self.troubles: list[int] = []
        self.is_slow = False
        self.n_requests = 0
        self.queries: list[dict[str, list[str]]] = []
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """The base of its paths."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def apply(self, day: int) -> None:
        """What happens there on day 1, 2 or 3; the days must come in this order."""
        {1: self._first_day, 2: self._second_day, 3: self._third_day}[day]()

    def rows(self, path: str, since: str) -> list[dict[str, Any]] | None:
        """All rows of a path that changed since a time, None where there is no such path."""
        found = {"/v1/contacts": self.contacts.values(), "/v1/consents": self.consents.values()}.get(path)
        if found is None:
            return None
        return sorted((row for row in found if row["changed_at"] >= since), key=lambda row: row["changed_at"])

    def _first_day(self) -> None:
        self._contact("c1", "ada@crm.example", "+43 1 111", "2026-01-01T07:00:00Z")
        self._contact("c2", "grace@crm.example", "+43 1 222", "2026-01-01T07:05:00Z")
        self._contact("c3", "alan@crm.example", "+43 1 333", "2026-01-01T07:10:00Z")
        self._consent("c1", True, "2026-01-01T07:00:00Z")
        self._consent("c2", True, "2026-01-01T07:05:00Z")

    def _second_day(self) -> None:
        self._contact("c2", "grace@crm.example", "+43 1 999", "2026-01-02T07:00:00Z")
        self._contact("c5", "emmy@crm.example", "+43 1 555", "2026-01-02T07:05:00Z")
        self._consent("c5", True, "2026-01-02T07:05:00Z")

    def _third_day(self) -> None:
        self.contacts["c3"] = {**self.contacts["c3"], "deleted": True, "changed_at": "2026-01-03T07:00:00Z"}
        # Late: it says that it changed before what was asked for yesterday.
        self._contact("c6", "kurt@crm.example", "+43 1 666", "2026-01-02T06:00:00Z")

    def _contact(self, client: str, mail: str, mobile: str, at: str) -> None:
        address = {"city": "Wien"}
        row = {"client_id": client, "mail": mail, "mobile": mobile, "deleted": False, "changed_at": at}
        self.contacts[client] = {**row, "address": address}

    def _consent(self, client: str, is_granted: bool, at: str) -> None:
        row = {"client_id": client, "purpose": "profiling", "is_granted": is_granted, "recorded_at": at}
        self.consents[client, at] = {**row, "changed_at": at}

    def serve(self) -> threading.Thread:
        """Answer from here on, in a thread."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Answer nobody any more."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def crm() -> Iterator[Crm]:
    """The system, on a free port of this machine."""
    system = Crm()
    thread = system.serve()
    try:
        yield system
    finally:
        system.stop()
        thread.join()


def _handler(system: Crm) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            system.n_requests += 1
            if system.is_slow:
                # Ends with the server, or with the patience of the one who asks.
                system.stopped.wait()
                return
            if system.troubles:
                self._answer(system.troubles.pop(0), {"error": "trouble"})
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._answer(401, {"error": "unauthorized"})
            else:
                self._page()

        def _page(self) -> None:
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            system.queries.append(query)
            rows = system.rows(parts.path, query.get("updated_since", [""])[0])
            if rows is None:
                self._answer(404, {"error": "not found"})
                return
            page = int(query.get("page", ["0"])[0])
            last = (page + 1) * PAGE_ROWS >= len(rows)
            since = f"&updated_since={query['updated_since'][0]}" if "updated_since" in query else ""
            following = None if last else f"{system.url}{parts.path.removeprefix('/v1')}?page={page + 1}{since}"
            self._answer(200, {"data": rows[page * PAGE_ROWS : (page + 1) * PAGE_ROWS], "next": following})

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == 429:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
