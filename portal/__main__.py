"""Serves the upload page: ``python -m portal``."""

from __future__ import annotations

import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from lakehouse.errors import LakehouseError


def prepare() -> None:
    """Sets Django up, and makes or cleans the tables of its sessions.

    Raises:
        LakehouseError: a setting is missing or malformed.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    os.umask(0o077)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("clearsessions", verbosity=0)


def main() -> None:
    """Serves until it is told to stop."""
    prepare()
    from portal import server

    serving = server.make(settings.PORTAL, get_wsgi_application())
    print(f"Upload page: http://{settings.PORTAL.portal_host}:{settings.PORTAL.portal_port}/", flush=True)
    serving.run()


if __name__ == "__main__":
    try:
        main()
    except LakehouseError as error:
        sys.exit(str(error))
