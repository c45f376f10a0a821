"""Questions to a running Crossway, over the pages at its admin address."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import Any, Final

from crossway.errors import RemoteError, UserError

DEFAULT: Final = "127.0.0.1:7070"
"""Where `crossway run` serves its admin pages unless it is told otherwise."""
PATIENCE: Final = 10.0


def ask(admin: str, path: str) -> Any:  # noqa: ANN401 - JSON
    """Return what the page *path* at the address *admin* says.

    Raises `UserError` if there is no such page or address, `RemoteError` if nobody answers.
    """
    try:
        with closing(http.client.HTTPConnection(admin, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            response = connection.getresponse()
            status, body = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise RemoteError(
            f"nobody answers at {admin} ({reason}): is `crossway run` running, and --admin right?"
        ) from None
    if status == http.client.NOT_FOUND:
        raise UserError(_detail(body) or f"{admin} has no {path}: only a control plane can say that")
    try:
        return json.loads(body)
    except ValueError:
        raise RemoteError(f"{admin} answers with status {status} and no JSON: is it Crossway?") from None


def _detail(body: bytes) -> str:
    """Return what a problem document (RFC 9457) says, if *body* is one."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("detail", "")) if isinstance(problem, dict) else ""
