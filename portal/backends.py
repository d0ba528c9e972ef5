"""How people sign in: with a local account, or by OpenID Connect."""

from __future__ import annotations

import logging
from typing import Any

import jwt
import requests
from django.conf import settings
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from portal import accounts
from portal.members import Member

_log = logging.getLogger(__name__)


def has_no_password(request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
    """Whether a sign-in is not one by password, whose failures are counted."""
    return not (credentials or {}).get("username")


def _user(member: Member) -> User:
    return User.objects.get_or_create(username=member.username)[0]


class AccountsBackend(BaseBackend):
    """Asks the file of accounts, at every request: an account that was removed there ends at once."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The user of an account, if the password is right."""
        if username is None or password is None:
            return None
        found = [account for account in accounts.read(settings.PORTAL.accounts_file) if account.user == username]
        if not found:
            make_password(password)  # as long as for a name that is known
            return None
        if not check_password(password, found[0].password_hash):
            return None
        return self._with_password(_user(found[0].member))

    def get_user(self, user_id: int) -> User | None:
        """The user of a session."""
        user = User.objects.filter(pk=user_id).first()
        return None if user is None else self._with_password(user)

    def _with_password(self, user: User) -> User | None:
        known = {a.member.username: a.password_hash for a in accounts.read(settings.PORTAL.accounts_file)}
        if user.username not in known:
            return None
        # the session is bound to it, so another password ends the session
        user.password = known[user.username]
        return user


class OidcBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Believes the claims of one issuer about administration and function, and keeps nothing else of a person."""

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        """The user whom the issuer names, or None if it names none or does not answer."""
        try:
            user: User | None = super().authenticate(request, **kwargs)
        except (jwt.InvalidTokenError, requests.RequestException, SuspiciousOperation, KeyError) as error:
            # its message may hold a token
            _log.warning("sign-in by OpenID Connect failed: %s", type(error).__name__)
            return None
        return user

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """What the ID token says. Raises SuspiciousOperation if it is of another issuer or for another client."""
        payload: dict[str, Any] = super().verify_token(token, **kwargs)
        audience = payload.get("aud")
        if settings.PORTAL.oidc_client_id not in ([audience] if isinstance(audience, str) else audience or []):
            raise SuspiciousOperation("the token is for another client")
        if payload.get("iss") != settings.PORTAL.oidc_issuer:
            raise SuspiciousOperation("the token is of another issuer")
        return payload

    def get_or_create_user(self, access_token: str, id_token: str, payload: dict[str, Any]) -> User | None:
        """The user of the administration and function that the claims name; None if they name none."""
        claims = self.get_userinfo(access_token, id_token, payload)
        if claims.get("sub") != payload.get("sub"):
            raise SuspiciousOperation("the claims are about somebody else")
        portal = settings.PORTAL
        member = Member.of(claims.get(portal.oidc_ags_claim), claims.get(portal.oidc_function_claim))
        return None if member is None else _user(member)
