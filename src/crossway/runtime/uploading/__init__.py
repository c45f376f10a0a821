"""Uploads that can be resumed: they are kept here while they arrive, and handed to the backend when they are whole.

Law: what is no such upload passes as it comes.
"""

from __future__ import annotations

from typing import Final

from crossway.model.upload import Upload
from crossway.runtime.handler import Handler, Next, Tools
from crossway.runtime.uploading.address import identity_in
from crossway.runtime.uploading.draft import Draft
from crossway.runtime.uploading.tus import Tus
from crossway.runtime.uploading.uploads import Uploads
from crossway.sdk.http import Request, Response

_OF_UPLOADS: Final = frozenset({"HEAD", "PATCH", "DELETE"})


def make(settings: bytes, about: str, tools: Tools) -> Handler:
    """Return the handler that the settings of a step say."""
    del tools  # the backend of the route is all that it calls
    return upload(Upload.model_validate_json(settings), about)


def upload(settings: Upload, about: str) -> Handler:
    """Return what keeps the uploads of the route *about*, and passes on everything else."""
    uploads = Uploads(settings, about)
    tus = Tus(uploads) if "tus" in settings.protocols else None
    draft = Draft(uploads) if "ietf" in settings.protocols else None
    discovery = {**(tus.discovery() if tus else {}), **(draft.discovery() if draft else {})}

    async def handle(request: Request, call_next: Next) -> Response:
        headers, identity = request.headers, identity_in(request.query)
        if request.method == "OPTIONS" and "access-control-request-method" not in headers:
            return Response(204, discovery)
        if tus is not None and "tus-resumable" in headers:
            return await tus.answer(request, identity, call_next)
        if draft is not None:
            if identity is not None and request.method in _OF_UPLOADS:
                return await draft.answer(request, identity, call_next)
            if identity is None and draft.begins(request):
                return await draft.answer(request, None, call_next)
        elif tus is not None and identity is not None and request.method in _OF_UPLOADS:
            return await tus.answer(request, identity, call_next)  # which says what is missing
        return await call_next(request)

    return handle
