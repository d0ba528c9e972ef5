"""An object store in memory with the answers of `lakehouse.storage.ObjectStore`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from lakehouse.storage import Conflict, NotFound, ObjectStore


class MemoryStore(ObjectStore):
    """Every method of the real store over a dictionary; the entity tag is a hash of the bytes, as in S3."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def get(self, bucket: str, key: str) -> bytes:
        try:
            return self.objects[bucket, key]
        except KeyError:
            raise NotFound(f"{bucket}/{key} does not exist") from None

    def get_with_etag(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        found = self.objects.get((bucket, key))
        return None if found is None else (found, self._etag(bucket, key))

    def download(self, bucket: str, key: str, path: Path) -> None:
        path.write_bytes(self.get(bucket, key))

    def size(self, bucket: str, key: str) -> int | None:
        found = self.objects.get((bucket, key))
        return None if found is None else len(found)

    def list(self, bucket: str, prefix: str, *, recursive: bool = True, after: str | None = None) -> Iterator[str]:
        keys = sorted(key for owner, key in self.objects if owner == bucket and key.startswith(prefix))
        keys = [key for key in keys if key > (after or "")]
        if recursive:
            return iter(keys)
        parts = [(key, key[len(prefix) :].partition("/")) for key in keys]
        return iter(dict.fromkeys(prefix + head + slash if slash else key for key, (head, slash, _) in parts))

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.objects[bucket, key] = data

    def put_file(self, bucket: str, key: str, path: Path, content_type: str = "application/octet-stream") -> None:
        self.objects[bucket, key] = path.read_bytes()

    def put_new(self, bucket: str, key: str, data: bytes, content_type: str = "application/octet-stream") -> bool:
        if (bucket, key) in self.objects:
            return False
        self.objects[bucket, key] = data
        return True

    def put_if_match(
        self, bucket: str, key: str, data: bytes, etag: str | None, content_type: str = "application/octet-stream"
    ) -> None:
        if etag != (self._etag(bucket, key) if (bucket, key) in self.objects else None):
            raise Conflict(f"{bucket}/{key} was changed by somebody else")
        self.objects[bucket, key] = data

    def delete(self, bucket: str, key: str) -> None:
        self.objects.pop((bucket, key), None)

    def _etag(self, bucket: str, key: str) -> str:
        return hashlib.md5(self.objects[bucket, key], usedforsecurity=False).hexdigest()
