"""Everything that a key of the object store can ask for, and whether it was refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import httpx
from minio import Minio
from minio.commonconfig import REPLACE, CopySource, Tags
from minio.credentials.providers import StaticProvider
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

from infra.local.config import S3_REGION

PART = 5 * 1024 * 1024
FILE = "vest__strategie/2025/x.xlsx"
# one client for all: to make one takes longer than a request
_web = httpx.Client(timeout=10)


@dataclass(frozen=True)
class Place:
    """An object that is there, and the prefix that it is listed by; `home` is where who asks may write and read."""

    bucket: str
    prefix: str
    key: str
    version: str | None
    home: tuple[str, str]


class Refused(Exception):
    """An answer that refuses a request: code, sentence and status."""

    def __init__(self, code: str, sentence: str, status: int) -> None:
        super().__init__(code, sentence, status)
        self.answer = code, sentence, status


def client(endpoint: str, access_key: str, secret_key: str, token: str | None = None) -> Minio:
    """The store with some keys; the region is known, so that nothing else is asked first."""
    address = endpoint.removeprefix("http://")
    keys = StaticProvider(access_key, secret_key, token)
    return Minio(endpoint=address, credentials=keys, region=S3_REGION, secure=False)


def refusal(act: Callable[[], object]) -> tuple[str, str, int] | None:
    """Code, sentence and status of the answer that refuses a request; None if it was granted."""
    try:
        act()
    except S3Error as error:
        return str(error.code), str(error.message), error.response.status
    except Refused as error:
        return error.answer
    return None


def is_granted(act: Callable[[], object]) -> bool:
    """Whether a request is answered; one that fails for another reason than a missing right is an error."""
    found = refusal(act)
    assert found is None or found[2] == httpx.codes.FORBIDDEN, found
    return found is None


def _get(its: Minio, at: Place, version: str | None = None) -> None:
    response = its.get_object(at.bucket, at.key, version_id=version)
    response.close()
    response.release_conn()


def _put(its: Minio, at: Place, size: int = 1, tags: Tags | None = None) -> None:
    its.put_object(at.bucket, at.key, io.BytesIO(bytes(size)), -1, part_size=PART, tags=tags)


def _send(method: str, address: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
    content = b"x" if method == "PUT" else None
    answer = _web.request(method, address, content=content, headers=dict(headers))
    if answer.is_error:
        code, sentence = (answer.text.partition(f"<{name}>")[2].partition("<")[0] for name in ("Code", "Message"))
        raise Refused(code, sentence, answer.status_code)


def _put_new(its: Minio, at: Place) -> None:
    address = its.presigned_put_object(at.bucket, f"{at.key}.{its._provider.retrieve().access_key}")  # type: ignore[union-attr]
    _send("PUT", address, {"If-None-Match": "*"})


def _copy_to(its: Minio, at: Place) -> None:
    its.copy_object(at.bucket, at.key, CopySource(*at.home))


def _copy_from(its: Minio, at: Place) -> None:
    bucket, key = at.home
    its.copy_object(bucket, f"{key}.copy", CopySource(at.bucket, at.key))


def _describe(its: Minio, at: Place) -> None:
    said = {"function": "CDO"}
    its.copy_object(at.bucket, at.key, CopySource(at.bucket, at.key), metadata=said, metadata_directive=REPLACE)


def _tags() -> Tags:
    tags = Tags.new_object_tags()
    tags["a"] = "b"
    return tags


def _delete_many(its: Minio, at: Place) -> None:
    for error in its.remove_objects(at.bucket, [DeleteObject(at.key)]):
        # the answer as a whole succeeds, with an error for each key
        raise Refused(str(error.code), str(error.message), httpx.codes.FORBIDDEN)


# in this order: what removes something comes last
VERBS: Mapping[str, Callable[[Minio, Place], object]] = MappingProxyType(
    {
        "get": _get,
        "get version": lambda its, at: _get(its, at, at.version),
        "head": lambda its, at: its.stat_object(at.bucket, at.key),
        "get by address": lambda its, at: _send("GET", its.presigned_get_object(at.bucket, at.key)),
        "read tags": lambda its, at: its.get_object_tags(at.bucket, at.key),
        "list": lambda its, at: list(its.list_objects(at.bucket, at.prefix, recursive=True)),
        "list versions": lambda its, at: list(its.list_objects(at.bucket, at.prefix, include_version=True)),
        "list uploads": lambda its, at: its._list_multipart_uploads(at.bucket, prefix=at.prefix),
        "copy from": _copy_from,
        "put": _put,
        "put if new": _put_new,
        "put in parts": lambda its, at: _put(its, at, PART + 1),
        "put by address": lambda its, at: _send("PUT", its.presigned_put_object(at.bucket, at.key)),
        "put with tags": lambda its, at: _put(its, at, tags=_tags()),
        "copy to": _copy_to,
        "describe": _describe,
        "tag": lambda its, at: its.set_object_tags(at.bucket, at.key, _tags()),
        "untag": lambda its, at: its.delete_object_tags(at.bucket, at.key),
        "delete": lambda its, at: its.remove_object(at.bucket, at.key),
        "delete many": _delete_many,
        "delete version": lambda its, at: its.remove_object(at.bucket, at.key, version_id=at.version),
    }
)


def laid(root: Minio, bucket: str, prefix: str, home: tuple[str, str]) -> Place:
    """An object that is there, below a prefix."""
    key = f"{prefix}{FILE}"
    return Place(bucket, prefix, key, root.put_object(bucket, key, io.BytesIO(b"x"), 1).version_id, home)


def granted(its: Minio, place: Place) -> set[str]:
    """What a key may do at a place."""
    return {verb for verb, act in VERBS.items() if is_granted(partial(act, its, place))}
