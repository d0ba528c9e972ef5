"""Local stacks that differ from the usual one in a part."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakehouse.settings import CHECKOUT
from tests.support.stack import LocalStack


class OtherStack(LocalStack):
    """A stack with settings of its own, or controlled by another module than `infra.local`."""

    def __init__(self, root: Path, module: str = "infra.local", **settings: str) -> None:
        """Takes settings without their prefix, such as `SPARK_MASTER`."""
        super().__init__(root)
        self._module = module
        self._environment |= {f"SMARTVEST_{name}": value for name, value in settings.items()}

    def _control(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", self._module, *arguments],
            cwd=CHECKOUT, env=self._environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done.stdout


@contextmanager
def running(stack: LocalStack) -> Iterator[LocalStack]:
    """Starts a stack and cleans it up."""
    try:
        stack.up()
        yield stack
    finally:
        stack.clean()
