"""Settings of the served releases: the variables SMARTVEST_POSTGRES_… and SMARTVEST_SERVED_RELEASES."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lakehouse.errors import LakehouseError
from lakehouse.settings import PREFIX, StoreSettings, keys_file

# The user that owns all that is served. Administrator and readers get their passwords in the same way.
LOADER = "smartvest_loader"
ADMIN, LOADING = "admin", "loader"


class NotServed(LakehouseError):
    """A release cannot be served; trying again gives the same."""


class _Password(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    password: SecretStr


class ServingSettings(StoreSettings):
    """What an operator sets.

    Connections use TLS and check the server's certificate against `postgres_ca_file`, or against the authorities of
    the system; `postgres_tls` switches that off, for loopback and networks that nobody else is in. `postgres_admin` is
    the superuser who makes the roles. `served_releases` is how many releases keep their schema.
    """

    postgres_host: str
    postgres_port: int = Field(default=5432, gt=0, lt=65536)
    postgres_database: str = "smartvest"
    postgres_admin: str = "postgres"
    postgres_tls: bool = True
    postgres_ca_file: Path | None = None
    served_releases: int = Field(default=5, ge=1)

    def password(self, user: str) -> str:
        """Password of a user (admin, loader, or a reader of `roles.yml`), read each time.

        Raises:
            LakehouseError: neither the environment nor the user's file has it.
        """
        prefix = f"{PREFIX}POSTGRES_{user.upper()}_"
        try:
            found = _Password(_env_prefix=prefix, _env_file=keys_file(self.state_dir, f"postgres_{user}"))
        except ValidationError:
            raise LakehouseError(f"the password of PostgreSQL's user {user} is missing: {prefix}PASSWORD") from None
        return found.password.get_secret_value()

    def connect(self, user: str, database: str = "") -> psycopg.Connection:
        """A connection of admin or loader, in which each statement is a transaction unless one is begun.

        Raises:
            LakehouseError: the server does not answer or refuses.
        """
        name = {ADMIN: self.postgres_admin, LOADING: LOADER}.get(user, user)
        tls = {"sslmode": "verify-full", "sslrootcert": str(self.postgres_ca_file or "system")}
        try:
            return psycopg.connect(
                make_conninfo(
                    host=self.postgres_host,
                    port=self.postgres_port,
                    dbname=database or self.postgres_database,
                    user=name,
                    password=self.password(user),
                    connect_timeout=10,
                    application_name="smartvest",
                    **(tls if self.postgres_tls else {"sslmode": "disable"}),
                ),
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            raise LakehouseError(f"PostgreSQL cannot be asked: {' '.join(str(error).split())}") from error
