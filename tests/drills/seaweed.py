"""The local stack with SeaweedFS in MinIO's place: `python -m tests.drills.seaweed up`, and so on as `infra.local`.

Only the program and the making of buckets differ. The policies are the very files that MinIO gets.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import ENABLED
from minio.credentials.providers import StaticProvider
from minio.error import MinioException
from minio.versioningconfig import VersioningConfig
from urllib3.exceptions import HTTPError

from infra.local import programs, stack
from infra.local.cli import app
from infra.local.config import ROLES, Stack
from infra.local.paths import INFRA, write_private
from infra.local.programs import Program
from infra.local.provision import BUCKETS, VERSIONED, policy_of
from lakehouse import command

PARTS = (
    "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc",
    "s3.port.grpc",
)  # fmt: skip
"""Ports of SeaweedFS's parts, in the order in which they follow the port of the S3 gateway."""


def _program(made: Stack) -> Program:
    """Master, volume server, filer and S3 gateway in one process, under the name that the stack expects."""
    data, port = made.state / "minio", made.ports["minio"]
    identities = data / "identities.json"
    data.mkdir(parents=True, exist_ok=True)
    write_private(identities, json.dumps(_identities(made), indent=1))
    options = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": str(data),
        # it would send statistics to its makers
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": "64",
        "volume.max": "0",
        "volume.preStopSeconds": "0",
        "filer": "true",
        "filer.localSocket": str(data / "filer.sock"),
        "s3": "true",
        "s3.port": str(port),
        "s3.port.iceberg": "0",
        "s3.port.lance": "0",
        "s3.localSocket": str(data / "s3.sock"),
        "s3.config": str(identities),
        **{name: str(port + number) for number, name in enumerate(PARTS, start=1)},
    }
    weed = Path(sys.executable).with_name("weed")
    command = [str(weed), "-logtostderr=true", "server", *(f"-{name}={value}" for name, value in options.items())]
    return Program("minio", command, lambda _: _ready(made), address=made.s3_endpoint, directory=data)


def _identities(made: Stack) -> dict[str, object]:
    root = {"name": "root", "credentials": [_key("root", made.secrets["minio_root_password"])], "actions": ["Admin"]}
    roles = [
        {"name": role, "credentials": [_key(*keys)], "policyNames": [policy_of(role)]}
        for role, keys in made.principals().items()
    ]
    policies = INFRA / "minio" / "policies"
    return {
        "identities": [root, *roles, {"name": "anonymous", "actions": ["Read:public"]}],
        "policies": [
            {"name": role, "content": (policies / f"{role}.json").read_text("utf-8")}
            for role in (*ROLES, "city", "kreis")
        ],
    }


def _key(access_key: str, secret_key: str) -> dict[str, str]:
    return {"accessKey": access_key, "secretKey": secret_key}


def _client(endpoint: str, root: tuple[str, str]) -> Minio:
    return Minio(endpoint=urlsplit(endpoint).netloc, credentials=StaticProvider(*root), secure=False)


def _ready(made: Stack) -> bool:
    # a bucket can only be looked up once the parts have found each other
    try:
        _client(made.s3_endpoint, ("root", made.secrets["minio_root_password"])).bucket_exists("lake")
    except (MinioException, HTTPError):
        return False
    return True


def _provision(endpoint: str, root: tuple[str, str], principals: Mapping[str, tuple[str, str]]) -> None:
    """Makes the buckets; the principals stand in the identities file."""
    client = _client(endpoint, root)
    for bucket in BUCKETS:
        if not client.bucket_exists(bucket):
            client.make_bucket(bucket)
    for bucket in VERSIONED:
        client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))


if __name__ == "__main__":
    setattr(programs, "_minio", _program)  # noqa: B010
    setattr(stack, "provision", _provision)  # noqa: B010
    sys.exit(command.run(app))
