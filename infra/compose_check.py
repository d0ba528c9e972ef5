"""Checks docker-compose.yml without Docker: ``python -m infra.compose_check``.

The file follows the Compose Specification; its variables are those of ``compose.env.example``, none with a default; no
image is without a fixed tag; every service that stays up has a health check; ports are published on loopback only.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

_INFRA = Path(__file__).resolve().parent
_COMPOSE = _INFRA.parent / "docker-compose.yml"
_EXAMPLE = _INFRA / "compose.env.example"
# `$$` stands for a dollar sign that is meant for the container's shell.
_VARIABLE = re.compile(r"(?<!\$)\$(?:\{(?P<name>\w+)(?P<rest>[^}]*)\}|(?P<bare>\w+))")


def faults(compose: str, example: str) -> Iterator[str]:
    """What is wrong, a sentence each.

    Args:
        compose: text of the Compose file.
        example: text of the environment file's example, `NAME=` per line.
    """
    used = {match["name"] or match["bare"] for match in _VARIABLE.finditer(compose)}
    # `?`: it must be there, and may be empty where that means something
    found = _VARIABLE.finditer(compose)
    yield from (f"{m[0]} is not required: write ${{NAME:?}}." for m in found if m["rest"] not in (":?", "?"))
    assignments = [line.partition("=") for line in example.splitlines() if line and not line.startswith("#")]
    named = {name for name, _, _ in assignments}
    yield from (f"{name} has a value in compose.env.example." for name, _, value in assignments if value)
    yield from (f"{name} is missing in compose.env.example." for name in sorted(used - named))
    yield from (f"{name} is in compose.env.example but not used." for name in sorted(named - used))
    services: dict[str, dict[str, Any]] = yaml.safe_load(compose)["services"]
    for name, service in services.items():
        tag = service["image"].rpartition("/")[2].partition(":")[2]
        if tag in ("", "latest"):
            yield f"{name} has no fixed image tag."
        if service.get("restart") != "no" and "healthcheck" not in service:
            yield f"{name} stays up but has no health check."
        yield from (
            f"{name} publishes {port} beyond loopback."
            for port in service.get("ports", [])
            if not port.startswith("127.0.0.1:")
        )


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    found = list(faults(_COMPOSE.read_text(encoding="utf-8"), _EXAMPLE.read_text(encoding="utf-8")))
    for fault in found:
        print(fault)
    schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(_COMPOSE)]
    return subprocess.run([sys.executable, *schema], check=False).returncode or bool(found)


if __name__ == "__main__":
    sys.exit(main())
