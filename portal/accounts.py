"""The file of local accounts: who may sign in with a password, for which administration, in which function.

``python -m portal.accounts`` reads a JSON list of `{"user", "password", "ags", "function"}` from its input and writes
the file.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lakehouse.errors import LakehouseError
from portal.members import Member


@dataclass(frozen=True)
class Account:
    """A local account.

    Attributes:
        user: name that is typed.
        password_hash: as Django's hasher writes it.
        ags: the administration's key.
        function: such as `CDO`; no two accounts of an administration have the same.
    """

    user: str
    password_hash: str
    ags: str
    function: str

    @property
    def member(self) -> Member:
        """For whom the account acts. Raises LakehouseError if that is nobody."""
        member = Member.of(self.ags, self.function)
        if member is None:
            raise LakehouseError(f"account {self.user!r}: {self.ags!r}, {self.function!r} is no AGS with a function")
        return member


def read(path: Path) -> list[Account]:
    """The accounts of a file; none if there is no file."""
    if not path.exists():
        return []
    return [Account(**entry) for entry in json.loads(path.read_text("utf-8"))]


def write(path: Path, accounts: Iterable[Mapping[str, str]]) -> None:
    """Replaces the file of accounts; who keeps the password keeps the session, too.

    Args:
        path: the file.
        accounts: `user`, `password`, `ags` and `function` of each.

    Raises:
        LakehouseError: an account names no administration or function, or two have the same user or function.
    """
    from django.contrib.auth.hashers import check_password, make_password

    known = {account.user: account.password_hash for account in read(path)}
    written = []
    for given in accounts:
        old = known.get(given["user"], "")
        kept = bool(old) and check_password(given["password"], old)
        hashed = old if kept else make_password(given["password"])
        written.append(Account(given["user"], hashed, given["ags"], given["function"]))
    for several in ([account.user for account in written], [account.member.username for account in written]):
        if doubled := sorted({name for name in several if several.count(name) > 1}):
            raise LakehouseError(f"accounts are not one for each user and function: {doubled}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump([asdict(account) for account in written], file, indent=1, ensure_ascii=False)
    unfinished.replace(path)


def main() -> None:
    """Writes the file of the stack whose state folder the environment names."""
    from django.conf import settings

    from lakehouse.settings import state_dir

    settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.Argon2PasswordHasher"])
    write(state_dir() / "portal" / "accounts.json", json.load(sys.stdin))


if __name__ == "__main__":
    try:
        main()
    except LakehouseError as error:
        sys.exit(str(error))
