"""The one settings class: environment variables with the prefix SMARTVEST_, then `<state>/stack.env`.

Keys of the object store are read when they are asked for, a file per role: a process holds only those that it uses.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Self

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lakehouse.errors import LakehouseError

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "SMARTVEST_"
# whom servers may turn to, unless an operator names somebody: the page of the owner that publiccode.yml names
CONTACT = "https://www.kreis-re.de/"


def state_dir() -> Path:
    """Folder of everything that the embedded stack writes."""
    return Path(os.environ.get(PREFIX + "STATE_DIR", CHECKOUT / ".state")).resolve()


def keys_file(state: Path, role: str) -> Path:
    """Where a stack keeps the keys of a role."""
    return state / "keys" / f"{role}.env"


def connection_file() -> Path:
    """Where `lakehouse connect` writes to which releases an analyst of this machine is connected."""
    return platformdirs.user_config_path("smartvest") / "analyst.env"


class _Keys(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    access_key: str
    secret_key: SecretStr


class StoreSettings(BaseSettings):
    """What a process needs that knows the object store and the declarations, and nothing else of the stack."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)

    state_dir: Path = Field(default_factory=state_dir)
    s3_endpoint: str
    s3_region: str
    sources_dir: Path = CHECKOUT / "sources"
    query_memory: str = Field(default="2GB", pattern=r"^[1-9]\d*[KMGT]i?B$")
    contact: str = Field(default=CONTACT, pattern=r"^[!-'*-~]+$")

    @classmethod
    def files(cls, state: Path) -> tuple[Path, ...]:
        """Where a stack keeps what the environment does not set; a later file wins."""
        return (state / "stack.env",)

    @classmethod
    @cache
    def load(cls) -> Self:
        """Reads the settings of this process once.

        Raises:
            LakehouseError: a variable is missing or malformed; the message names it.
        """
        try:
            return cls(_env_file=cls.files(state_dir()), state_dir=state_dir())
        except ValidationError as error:
            raise _incomplete(error, PREFIX) from None

    def keys(self, role: str) -> tuple[str, str]:
        """Access key and secret of a role (landing, spark, publisher, analyst, bridge, an AGS), read each time.

        Raises:
            LakehouseError: neither the environment nor the role's file has them; the message names what is missing.
        """
        return self._keys(role, keys_file(self.state_dir, role))

    @staticmethod
    def _keys(role: str, *files: Path) -> tuple[str, str]:
        prefix = f"{PREFIX}{role.upper()}_"
        try:
            found = _Keys(_env_prefix=prefix, _env_file=files)
        except ValidationError as error:
            raise _incomplete(error, prefix) from None
        return found.access_key, found.secret_key.get_secret_value()


class AnalystSettings(StoreSettings):
    """Where releases are, for those who only read: the stack of this checkout, else what `lakehouse connect` wrote."""

    connection: Path = Field(default_factory=connection_file)

    @classmethod
    def of(cls, connection: Path) -> Self:
        """What such a file says, without the stack of this checkout."""
        return cls(_env_file=connection, connection=connection, state_dir=connection.parent)

    @classmethod
    def files(cls, state: Path) -> tuple[Path, ...]:
        """What the analyst chose once, and over it the stack of the checkout."""
        return (connection_file(), *super().files(state))

    def keys(self, role: str) -> tuple[str, str]:
        """As of every role; of the analyst also what `lakehouse connect` wrote."""
        return self._keys(role, self.connection, keys_file(self.state_dir, role))


class Settings(StoreSettings):
    """Addresses, tokens and limits; see the table in DESIGN.md. Nothing secret has a default."""

    spark_remote: SecretStr
    feeds_off: str = ""
    feeds_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    airflow_url: str
    airflow_user: str
    airflow_password: SecretStr
    base_iri: str
    release_retention_days: int = 400
    dcat_shapes_dir: Path | None = None
    alert_url: str | None = None

    def runs(self, delivery: str) -> bool:
        """Whether this stack fetches and watches what is delivered under an id; it may leave feeds to others."""
        return delivery not in self.feeds_off.split()


def _incomplete(error: ValidationError, prefix: str) -> LakehouseError:
    problems = "; ".join(f"{prefix}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
    return LakehouseError(
        f"settings are not complete: {problems} (is the stack up? `make up`; analysts elsewhere: `lakehouse connect`)"
    )
