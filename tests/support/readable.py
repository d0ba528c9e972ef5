"""A release that somebody else made, in a PostgreSQL of our own: nothing is written where the release is."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local import config
from lakehouse.settings import PREFIX, AnalystSettings
from serving.config import ServingSettings
from tests.support import postgres, program


@contextmanager
def served() -> Iterator[ServingSettings]:
    """Settings of a PostgreSQL with nothing loaded, beside the releases that the environment's settings name."""
    lake = AnalystSettings.load()
    access_key, secret_key = lake.keys("analyst")
    with tempfile.TemporaryDirectory(prefix="smartvest-served-") as folder, pytest.MonkeyPatch.context() as patch:
        # PostgreSQL may run as a user of its own, who has to get there
        os.chmod(folder, 0o711)
        patch.setenv(f"{PREFIX}STATE_DIR", folder)
        stack = config.load()
        stack = replace(stack, ports={**stack.ports, "postgres": program.free_port()})
        config.write(stack)
        patch.setenv(f"{PREFIX}S3_ENDPOINT", lake.s3_endpoint)
        patch.setenv(f"{PREFIX}S3_REGION", lake.s3_region)
        patch.setenv(f"{PREFIX}ANALYST_ACCESS_KEY", access_key)
        patch.setenv(f"{PREFIX}ANALYST_SECRET_KEY", secret_key)
        assert stack.state == Path(folder)
        with postgres.running(stack) as settings:
            yield settings
