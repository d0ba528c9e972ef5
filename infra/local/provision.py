"""Buckets, users and policies of the object store. Safe to repeat: it sets what should be.

``python -m infra.local.provision`` does it for any store, with root's keys in MINIO_ROOT_USER and MINIO_ROOT_PASSWORD,
its address in SMARTVEST_S3_ENDPOINT, the keys of each role in SMARTVEST_<ROLE>_ACCESS_KEY and …_SECRET_KEY, and
likewise those of each administration in SMARTVEST_<AGS>_….
"""

import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED
from minio.credentials.providers import StaticProvider
from minio.versioningconfig import VersioningConfig

from infra.local.config import PRINCIPALS
from infra.local.errors import StackError
from infra.local.paths import INFRA
from lakehouse.administrations import ADMINISTRATIONS, KREIS

BUCKETS = ("inbox", "answers", "raw", "lake", "releases", "public")
VERSIONED = ("inbox", "raw", "releases")
"""Never overwritten: a second object of the same name becomes a version beside the first."""

_POLICIES = INFRA / "minio"
_OWN_KEY_ONLY = "own-key-only"


def provision(endpoint: str, root: tuple[str, str], principals: Mapping[str, tuple[str, str]]) -> None:
    """Make the buckets, and for each principal its user with its policy and the one for all, and no other.

    Args:
        endpoint: address of the object store, such as `http://127.0.0.1:9000`.
        root: access and secret key of the store's administrator.
        principals: role or AGS to its access and secret key, which is the AGS itself for an administration, because
            its policy goes by that name; a changed secret replaces the old one.

    Raises:
        StackError: root still has MinIO's well-known default keys.
        minio.error.MinioException: the store refuses a request.
    """
    if "minioadmin" in root:
        raise StackError(
            "Root of the object store has the default key minioadmin, which everyone knows: choose another."
        )
    address = urlsplit(endpoint)
    secure = address.scheme == "https"
    client = Minio(endpoint=address.netloc, credentials=StaticProvider(*root), secure=secure)
    admin = MinioAdmin(endpoint=address.netloc, credentials=StaticProvider(*root), secure=secure)

    for bucket in BUCKETS:
        if not client.bucket_exists(bucket):
            client.make_bucket(bucket)
    for bucket in VERSIONED:
        client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    client.set_bucket_policy("public", (_POLICIES / "public-bucket.json").read_text(encoding="utf-8"))

    for policy in (_OWN_KEY_ONLY, *sorted({policy_of(name) for name in principals})):
        admin.policy_add(policy, _POLICIES / "policies" / f"{policy}.json")
    for name, (access_key, secret_key) in principals.items():
        admin.user_add(access_key, secret_key)
        admin.policy_set(f"{policy_of(name)},{_OWN_KEY_ONLY}", access_key)


def policy_of(principal: str) -> str:
    """Name of the policy of a role, or of an administration by its AGS."""
    if principal == KREIS:
        return "kreis"
    return "city" if principal in ADMINISTRATIONS else principal


def _from_environment() -> None:
    environment = os.environ
    try:
        principals = {
            name: (
                environment[f"SMARTVEST_{name.upper()}_ACCESS_KEY"],
                environment[f"SMARTVEST_{name.upper()}_SECRET_KEY"],
            )
            for name in PRINCIPALS
        }
        root = (environment["MINIO_ROOT_USER"], environment["MINIO_ROOT_PASSWORD"])
        endpoint = environment["SMARTVEST_S3_ENDPOINT"]
    except KeyError as missing:
        raise StackError(f"{missing.args[0]} is not set.") from None
    provision(endpoint, root, principals)


if __name__ == "__main__":
    try:
        _from_environment()
    except StackError as error:
        sys.exit(str(error))
