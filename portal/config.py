"""Settings of the upload page: the variables SMARTVEST_PORTAL_… and SMARTVEST_OIDC_…, beside those of the store."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from lakehouse.settings import StoreSettings


class PortalSettings(StoreSettings):
    """What an operator sets.

    `portal_hosts` are the host names under which browsers ask, separated by commas. With `portal_https` cookies are
    sent over TLS only; `portal_proxy` is the address of the proxy that ends TLS, whose `X-Forwarded-For` and
    `X-Forwarded-Proto` are believed. `portal_cockpit_open` shows the cockpit to whoever asks, such as councils.
    Sign-in is by the file of accounts, and by OpenID Connect if `oidc_issuer` is set; then a person's claims must name
    an administration and a function.
    """

    portal_host: str = "127.0.0.1"
    portal_port: int = Field(default=8090, gt=0, lt=65536)
    portal_hosts: str = "127.0.0.1,localhost"
    portal_https: bool = False
    portal_proxy: str | None = None
    portal_uploads_per_hour: int = Field(default=60, gt=0)
    portal_cockpit_open: bool = False

    oidc_issuer: str = ""
    oidc_authorization_endpoint: str = ""
    oidc_token_endpoint: str = ""
    oidc_user_endpoint: str = ""
    oidc_jwks_endpoint: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scopes: str = "openid"
    oidc_ags_claim: str = "ags"
    oidc_function_claim: str = "function"

    @property
    def folder(self) -> Path:
        """Where the page keeps its sessions, its accounts and its key; only its owner gets in."""
        return self.state_dir / "portal"

    @property
    def accounts_file(self) -> Path:
        """The local accounts."""
        return self.folder / "accounts.json"

    @model_validator(mode="after")
    def _oidc_is_complete(self) -> Self:
        names = ("authorization_endpoint", "token_endpoint", "user_endpoint", "jwks_endpoint", "client_id")
        missing = [name for name in names if not getattr(self, f"oidc_{name}")]
        if self.oidc_issuer and missing:
            raise ValueError(f"OIDC_ISSUER is set, but not {', '.join('OIDC_' + name.upper() for name in missing)}")
        return self

    def secret_key(self) -> str:
        """The key that signs; made once and kept."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        path = self.folder / "secret.key"
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
        except FileExistsError:
            pass
        return path.read_text("ascii")
