"""`python -m serving roles` and `python -m serving load [--release N]`: exit code 0 when it is so, 1 when not."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import psycopg

from lakehouse import command
from lakehouse.errors import LakehouseError
from serving.config import ServingSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command, which ends in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m serving", description=__doc__)
    commands = parser.add_subparsers(required=True)
    commands.add_parser("roles", help="make roles, users and limits as roles.yml says").set_defaults(run=_roles)
    load = commands.add_parser("load", help="load a release and let `marts` show the current one")
    load.add_argument("--release", type=int, help="one more release to read in its own schema")
    load.set_defaults(run=_load)
    options = parser.parse_args(arguments)
    return command.run(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    try:
        options.run(options)
    except psycopg.OperationalError as error:
        raise LakehouseError(f"PostgreSQL broke off: {str(error).strip()}") from error


def _roles(_: argparse.Namespace) -> None:
    from serving import roles

    settings, wanted = ServingSettings.load(), roles.declared()
    roles.apply(settings, wanted)
    users = [user for group in wanted.readers.values() for user in group.users]
    print(f"{settings.postgres_database}: {len(wanted.readers)} group(s) of readers with {', '.join(users)}")


def _load(options: argparse.Namespace) -> None:
    from serving.load import load

    print(load(ServingSettings.load(), options.release))


if __name__ == "__main__":
    sys.exit(main())
