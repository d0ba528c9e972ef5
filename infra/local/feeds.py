"""Serves the demo's feed files on loopback with ETag, Last-Modified, conditional requests and ranges.

Usage: ``python -m infra.local.feeds FOLDER PORT``.
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

if __name__ == "__main__":
    folder, port = sys.argv[1:]
    files = Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
    uvicorn.run(files, host="127.0.0.1", port=int(port), log_level="warning")
