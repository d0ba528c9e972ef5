"""Serves the demo's feed files on loopback with ETag, Last-Modified, conditional requests and ranges.

A page of an API is a file too, named by its query: see `infra.local.feed_files.served_name`.
Usage: ``python -m infra.local.feed_server FOLDER PORT``.
"""

import mimetypes
import os
import stat
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from infra.local.feed_files import PAGE_SUFFIXES, served_name

mimetypes.add_type("application/rdf+xml", ".rdf")
mimetypes.add_type("text/turtle", ".ttl")


class _Files(StaticFiles):
    def get_path(self, scope: Scope) -> str:
        return os.path.normpath(served_name(f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}"))

    async def get_response(self, path: str, scope: Scope) -> Response:
        # an API that is asked by POST answers the same here
        return await super().get_response(path, {**scope, "method": "GET"} if scope["method"] == "POST" else scope)

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        for suffix in ("", *PAGE_SUFFIXES):
            full_path, found = super().lookup_path(path + suffix)
            if found is not None and stat.S_ISREG(found.st_mode):
                return full_path, found
        return "", None


def application(folder: str) -> Starlette:
    """The server of a folder."""
    return Starlette(routes=[Mount("/", _Files(directory=folder))])


if __name__ == "__main__":
    folder, port = sys.argv[1:]
    uvicorn.run(application(folder), host="127.0.0.1", port=int(port), log_level="warning")
