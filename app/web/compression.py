"""Sends pages and style sheets gzipped, for phones on slow lines.

Nothing that a stranger can choose is ever repeated in a page that also holds a secret, and cookies are SameSite, so
sizes tell a listener no more than the plain sizes did (docs/adr/0015).
"""

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 600
KINDS = ("text/html", "text/css", "text/javascript", "image/svg+xml")


def init_app(app: Flask) -> None:
    """Compress every answer that is worth it."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Gzip an answer when the browser takes it, the kind is text and it is long enough to gain."""
    response.vary.add("Accept-Encoding")
    if "gzip" not in request.accept_encodings or response.mimetype not in KINDS or response.status_code == 304:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) >= LEAST_BYTES:
        response.set_data(gzip.compress(content, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
