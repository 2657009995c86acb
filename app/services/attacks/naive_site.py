"""The naive twin's web site: a code in the address, and at once a word about whether it was used."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FORM, USED, UNKNOWN = b"<form>What do you think?</form>", b"<p>This code was used already.</p>", b"<p>No such code.</p>"


@contextmanager
def serving(used: set[str], unused: set[str], log: Path) -> Iterator[str]:
    """Keep a naive site running and give its address; it writes an access log, as servers do unless told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code = self.path.rsplit("/", 1)[-1]
            body = USED if code in used else FORM if code in unused else UNKNOWN
            self.send_response(200 if body != UNKNOWN else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            with log.open("a", encoding="utf-8") as lines:
                lines.write(f"{self.client_address[0]} {format % arguments} {self.headers.get('User-Agent')}\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
