"""The one settings class: environment variables with the prefix SMARTVEST_, then `<state>/stack.env`."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lakehouse.errors import LakehouseError

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "SMARTVEST_"


def state_dir() -> Path:
    """Folder of everything that the embedded stack writes."""
    return Path(os.environ.get(PREFIX + "STATE_DIR", CHECKOUT / ".state")).resolve()


class Settings(BaseSettings):
    """Addresses, keys and limits; see the table in DESIGN.md. Nothing secret has a default."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True)

    s3_endpoint: str
    s3_region: str
    landing_access_key: str
    landing_secret_key: SecretStr
    spark_access_key: str
    spark_secret_key: SecretStr
    publisher_access_key: str
    publisher_secret_key: SecretStr
    analyst_access_key: str
    analyst_secret_key: SecretStr
    spark_remote: SecretStr
    feeds_url: str
    airflow_url: str
    airflow_user: str
    airflow_password: SecretStr
    base_iri: str
    release_retention_days: int = 400
    sources_dir: Path = CHECKOUT / "sources"
    dcat_shapes_dir: Path | None = None
    alert_url: str | None = None

    @classmethod
    @cache
    def load(cls) -> Settings:
        """Reads the settings of this process once.

        Raises:
            LakehouseError: a variable is missing or malformed; the message names it.
        """
        try:
            return cls(_env_file=state_dir() / "stack.env")
        except ValidationError as error:
            problems = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise LakehouseError(f"settings are not complete: {problems} (is the stack up? `make up`)") from None

    def keys(self, role: str) -> tuple[str, str]:
        """Access key and secret of a role (landing, spark, publisher, analyst)."""
        secret: SecretStr = getattr(self, f"{role}_secret_key")
        return getattr(self, f"{role}_access_key"), secret.get_secret_value()
