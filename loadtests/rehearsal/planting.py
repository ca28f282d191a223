"""A proxy that plants faults before a server, to prove that a rehearsal finds them.

    python -m loadtests.rehearsal.planting http://127.0.0.1:8501/plm/ --port 8502 \
        --alter-every 1000 --match production.bom.tree.open.execute
    python -m loadtests.rehearsal.planting http://127.0.0.1:8501/plm/ --port 8502 --slow-by 0.2 --match search_read

A fault strikes requests whose path or body holds the text to match.
"""

import argparse
import http.client
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from loadtests.targets.base import refuse_strangers

LAST_NUMBER = re.compile(rb"(\d)(?=\D*$)")
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}


@dataclass
class Fault:
    """What goes wrong with requests that match.

    alter_every  of so many answers one has its last digit changed (0: none); slow_by  share of its length that an
    answer comes later; fail  every answer is status 500; hang_s  how long nothing comes at first.
    """

    match: str = ""
    alter_every: int = 0
    slow_by: float = 0.0
    fail: bool = False
    hang_s: float = 0.0
    seen: int = 0
    altered: int = 0
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def strikes(self, path: str, body: bytes) -> bool:
        """Whether the fault concerns a request."""
        return self.match in path or self.match.encode() in body

    def answer(self, data: bytes) -> bytes:
        """The answer as the user gets it."""
        with self._lock:
            self.seen += 1
            if not self.alter_every or self.seen % self.alter_every:
                return data
            self.altered += 1
        return LAST_NUMBER.sub(lambda found: b"%d" % ((int(found[1]) + 1) % 10), data, count=1)


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    fault: Fault

    def do_GET(self) -> None:
        """Pass any request on, with the fault."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        strikes, start = self.fault.strikes(self.path, body), time.perf_counter()
        if strikes and self.fault.hang_s:
            time.sleep(self.fault.hang_s)
        status, headers, data = self._upstream(body)
        if strikes:
            time.sleep(self.fault.slow_by * (time.perf_counter() - start))
            data = self.fault.answer(data)
            status = 500 if self.fault.fail else status
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815

    def _upstream(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        parts = urlsplit(self.upstream)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in {*HOP, "accept-encoding"}}
        try:
            connection.request(self.command, self.path, body or None, kept)
            answer = connection.getresponse()
            return answer.status, [x for x in answer.getheaders() if x[0].lower() not in HOP], answer.read()
        except (OSError, http.client.HTTPException) as error:
            return 502, [], str(error).encode()
        finally:
            connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def planted(upstream: str, fault: Fault, port: int = 0) -> Iterator[str]:
    """The address of a proxy before `upstream` on loopback, up as long as the context is."""
    handler = type("Handler", (_Proxy,), {"upstream": upstream, "fault": fault})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{urlsplit(upstream).path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.rehearsal.planting", description=__doc__)
    parser.add_argument("upstream")
    parser.add_argument("--port", type=int, default=8502)
    parser.add_argument("--match", default="")
    parser.add_argument("--alter-every", type=int, default=0)
    parser.add_argument("--slow-by", type=float, default=0.0)
    options = parser.parse_args(arguments)
    refuse_strangers(options.upstream, None)
    fault = Fault(options.match, options.alter_every, options.slow_by)
    with planted(options.upstream, fault, options.port) as url:
        print(url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print(f"{fault.altered} of {fault.seen} answers altered", flush=True)


if __name__ == "__main__":
    main()
