"""Small naive web sites, for attacks by HTTP or in a browser."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Reply:
    """The response of a site to one request."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class _Quiet(ThreadingHTTPServer):
    """Prints nothing when a browser closes the connection early."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print no traceback."""


@contextmanager
def listening(answer: Callable[[str, str], Reply], log: Path | None = None) -> Iterator[str]:
    """Run a site and yield its address; ``answer`` returns the reply to a GET from its path and its Host header."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = answer(self.path, self.headers["Host"])
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *arguments: object) -> None:
            if log is not None:
                with log.open("a", encoding="utf-8") as lines:
                    lines.write(f"{self.client_address[0]} {format % arguments} {self.headers.get('User-Agent')}\n")

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
