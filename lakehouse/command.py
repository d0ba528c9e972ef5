"""How every command line ends: what a person can act on is one sentence and exit code 1, the rest keeps its trace."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from lakehouse.errors import LakehouseError

# by name, so that nothing is imported for it, and so that those of rooms that this one may not import are known too
_UNANSWERED = {
    "builtins.ConnectionError",
    "httpx.TransportError",
    "urllib3.exceptions.MaxRetryError",
    "urllib3.exceptions.TimeoutError",
}
_REFUSED = "httpx.HTTPStatusError"
_LAKE = "_duckdb.IOException"
_LAKE_UNANSWERED = re.compile(r"error sending request|Could not connect|Could not establish connection", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^/\s']+")


def run(command: Callable[[], object]) -> int:
    """Runs a command and says in one sentence why it could not do its work.

    Args:
        command: raises SystemExit or returns when it is done.

    Returns:
        exit code: 0, or 1 after an error on purpose, or when a service does not answer or refuses. Any other error is
        a fault of ours and is raised with its trace.
    """
    try:
        command()
    except Exception as error:
        said = sentence(error)
        if said is None:
            raise
        print(said, file=sys.stderr)
        return 1
    return 0


def sentence(error: BaseException) -> str | None:
    """What to say about an error, or None where only its trace helps."""
    for each in _chain(error):
        if isinstance(each, LakehouseError):
            return str(each)
        names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(each).__mro__}
        if _REFUSED in names:
            return str(each).partition("\n")[0]
        if names & _UNANSWERED or (_LAKE in names and _LAKE_UNANSWERED.search(str(each))):
            return unanswered(_address(each))
    return None


def unanswered(address: str) -> str:
    """The sentence about a service that does not answer."""
    return f"{address} does not answer; is the stack up? `make status` shows its programs, `make up` starts them"


def check_answers(address: str) -> None:
    """Looks whether anything listens at an address, for clients that would try again for minutes.

    Raises:
        LakehouseError: nothing does.
    """
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "localhost", parts.port or 15002), timeout=5).close()
    except OSError:
        raise LakehouseError(unanswered(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")) from None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def _address(error: BaseException) -> str:
    pool = getattr(error, "pool", None)
    if pool is not None:
        return f"{pool.scheme}://{pool.host}:{pool.port}"
    # httpx raises when it is asked for a request that it does not know
    request = getattr(error, "_request", None)
    found = _ADDRESS.search(str(request.url) if request is not None else str(error))
    return found[0] if found else "a service of the stack"
