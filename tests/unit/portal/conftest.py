"""Fixtures of the tests of the upload page: it runs in this process, on a real MinIO."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.cache import caches
from django.test import Client

from tests.support import portal
from tests.support.portal import HERTEN, Ground


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Django can be set up once in a process, so all tests share one page and one MinIO."""
    state: Path = tmp_path_factory.mktemp("portal")
    with portal.running(state) as made:
        oidc = {
            "ISSUER": "http://localhost:1",
            "AUTHORIZATION_ENDPOINT": "http://localhost:1/oauth2/authorize",
            "TOKEN_ENDPOINT": "http://localhost:1/oauth2/token",
            "USER_ENDPOINT": "http://localhost:1/userinfo",
            "JWKS_ENDPOINT": "http://localhost:1/jwks",
            "CLIENT_ID": "portal",
            "CLIENT_SECRET": "a secret of this test",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in made.environment.items():
                patch.setenv(name, value)
            for name, value in oidc.items():
                patch.setenv(f"SMARTVEST_OIDC_{name}", value)
            prepare_in_a_process_of_others(patch)
        time.tzset()
        from django.conf import settings

        from portal import accounts

        settings.ALLOWED_HOSTS += ["testserver"]
        accounts.write(settings.PORTAL.accounts_file, portal.accounts())
        yield made


def prepare_in_a_process_of_others(patch: pytest.MonkeyPatch) -> None:
    """Django sets the process's zone, logging and mask, on which other tests rely."""
    from portal.__main__ import prepare

    mask, root = os.umask(0o022), logging.getLogger()
    before = root.level, root.handlers[:]
    patch.setenv("TZ", os.environ.get("TZ", "UTC"))
    prepare()
    os.umask(mask)
    root.setLevel(before[0])
    root.handlers[:] = before[1]


@pytest.fixture
def ground(started: Ground) -> Iterator[Ground]:
    """An empty inbox, no answers, nothing counted."""
    for bucket in ("inbox", "answers"):
        for key in list(started.root.list(bucket, "")):
            started.root.delete(bucket, key)
    caches["uploads"].clear()
    caches["default"].clear()
    yield started


@pytest.fixture
def sign_in(ground: Ground) -> Callable[..., Client]:
    """Makes a browser in which somebody is signed in; the form itself costs a second each time."""
    from django.contrib.auth.models import User

    from portal.backends import AccountsBackend

    def signed_in(ags: str = HERTEN) -> Client:
        user, _ = User.objects.get_or_create(username=f"{ags}:CDO")
        client = Client()
        client.force_login(AccountsBackend().get_user(user.pk), "portal.backends.AccountsBackend")
        return client

    return signed_in
