"""Compresses pages and style sheets with gzip, for phones on slow connections.

No page contains both a secret and text chosen by an attacker, and cookies are SameSite, so the compressed size
discloses no more than the uncompressed size (docs/adr/0015).
"""

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 600
KINDS = ("text/html", "text/css", "text/javascript", "image/svg+xml")


def init_app(app: Flask) -> None:
    """Register the compression of responses."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Compress a response if the browser accepts gzip, the type is text and the body is long enough."""
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.accept_encodings or response.mimetype not in KINDS or response.status_code == 304:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) >= LEAST_BYTES:
        response.set_data(gzip.compress(content, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
