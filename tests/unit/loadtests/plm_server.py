"""A small PLM in this process: parts and bills as Windchill's and Aras' OData spell them, and ways to fail."""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

PARTS = [
    {"ID": f"OR:{n}", "id": f"{n}", "Number": f"N{n:03d}", "item_number": f"N{n:03d}", "number": f"N{n:03d}"}
    for n in range(8)
]
CHILDREN = {"0": ["1", "2"], "1": ["3"]}


class Plm(BaseHTTPRequestHandler):
    """Answers by path. `seen` has each request; `stall_s` holds the next answer back; `failing` breaks paths."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str, Any, dict[str, str]]]
    failing: dict[str, str]
    checked_out: set[str]
    stalls: list[float]

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_GET  # noqa: N815

    def _answer(self) -> None:
        path = unquote(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        self.seen.append((self.command, path, body, dict(self.headers)))
        if self.stalls:
            time.sleep(self.stalls.pop(0))
        how = next((how for part, how in self.failing.items() if part in path), "")
        if how == "reset":
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if how == "hang":
            time.sleep(1.0)
        status, answer = (500, {"error": "broken"}) if how == "error" else self._route(path, body)
        data = b"<html>" if how == "html" else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _route(self, path: str, body: Any) -> tuple[int, Any]:
        place = urlsplit(path).path
        key = next(iter(re.findall(r"\('?([^')]+)'?\)", place)), "").removeprefix("OR:")
        if place.endswith("CheckOut"):
            refused = key in self.checked_out
            self.checked_out.add(key)
            return (423, {"error": "checked out"}) if refused else (200, {"ID": f"OR:{key}"})
        if place.endswith("CheckIn"):
            self.checked_out.discard(key)
        if "GetCSRFToken" in place:
            return 200, {"NonceValue": "abc"}
        if place.endswith("Part BOM"):
            return 200, {"value": [{"related_id": {"id": child}} for child in CHILDREN.get(key, [])]}
        if re.search(r"/items/\d+$", place):
            return 200, {"id": place.rpartition("/")[2]}
        if "/items" in place:
            return 200, PARTS
        return (201 if self.command == "POST" else 200), {"value": PARTS, "ID": f"OR:{key}"}

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def plm_server() -> Iterator[tuple[str, type[Plm]]]:
    """Its address on loopback, and its handler with what it has seen."""
    handler = type("Handler", (Plm,), {"seen": [], "failing": {}, "checked_out": set(), "stalls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
