"""Object storage through the S3 API only: whole objects, and the two conditional writes that S3 offers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol
from urllib.parse import urlsplit

from lakehouse.errors import LakehouseError
from lakehouse.settings import StoreSettings

if TYPE_CHECKING:
    import httpx
    from urllib3 import PoolManager

MISSING = {"NoSuchKey", "NoSuchObject"}
META = "x-amz-meta-"
PRECONDITION_FAILED = {404, 409, 412}  # 404: If-Match on an object that is gone


class NotFound(LakehouseError):
    """There is no such object."""


class Conflict(LakehouseError):
    """The object changed between reading and replacing it."""


@dataclass(frozen=True)
class Version:
    """One version of an object in a versioned bucket; `id` names exactly these bytes, whatever is put there later."""

    key: str
    id: str
    etag: str
    written_at: datetime


class Readable(Protocol):
    """What reads whole objects."""

    def get(self, bucket: str, key: str) -> bytes:
        """Whole content of an object; raises NotFound."""


class ObjectStore:
    """Objects as one principal sees them.

    Every method raises `minio.error.S3Error` when the principal may not do it and urllib3's or httpx's errors when
    the store does not answer.
    """

    def __init__(
        self, endpoint: str, access_key: str, secret_key: str, region: str, patience: float | None = None
    ) -> None:
        """Keeps the address and keys; nothing is connected yet.

        Args:
            endpoint: address of the store.
            access_key: name of the principal.
            secret_key: its secret.
            region: region of the store.
            patience: seconds that somebody waits for an answer; None: as long and as often as a job can wait.
        """
        address = urlsplit(endpoint)
        self._patience = patience
        secure = address.scheme == "https"
        self._delta_options = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION": region,
            "AWS_ALLOW_HTTP": str(not secure).lower(),
        }
        # here and below: a query reads through DuckDB, and would wait for these imports longer than for its answer
        from minio import Minio

        self._client = Minio(
            address.netloc, access_key, secret_key, secure=secure, region=region, http_client=self._impatient()
        )

    def _impatient(self) -> PoolManager | None:
        if self._patience is None:
            return None
        from urllib3 import PoolManager, Retry

        # a MinIO that is just starting asks to come back in a minute
        retries = Retry(total=1, status_forcelist=[502, 503, 504], respect_retry_after_header=False)
        return PoolManager(timeout=self._patience, retries=retries)

    @cached_property
    def _http(self) -> httpx.Client:
        import httpx

        return httpx.Client(timeout=self._patience or 60)

    @classmethod
    def for_role(cls, settings: StoreSettings, role: str, patience: float | None = None) -> ObjectStore:
        """The store with the keys of a role: landing, spark, publisher, analyst, bridge, or an administration's AGS."""
        return cls(settings.s3_endpoint, *settings.keys(role), settings.s3_region, patience)

    def delta_options(self) -> dict[str, str]:
        """The same address and keys as `deltalake` takes them."""
        return self._delta_options

    def get(self, bucket: str, key: str) -> bytes:
        """Whole content of an object; raises NotFound."""
        found = self.get_with_etag(bucket, key)
        if found is None:
            raise NotFound(f"{bucket}/{key} does not exist")
        return found[0]

    def get_with_etag(self, bucket: str, key: str) -> tuple[bytes, str] | None:
        """Content and entity tag, or None if there is no such object."""
        from minio.error import S3Error

        try:
            response = self._client.get_object(bucket, key)
        except S3Error as error:
            if error.code in MISSING:
                return None
            raise
        try:
            return response.read(), response.headers["etag"].strip('"')
        finally:
            response.close()
            response.release_conn()

    def download(self, bucket: str, key: str, path: Path, version: str | None = None) -> None:
        """Writes an object, or one version of it, into a local file."""
        self._client.fget_object(bucket, key, str(path), version_id=version)

    def versions(self, bucket: str, prefix: str) -> list[Version]:
        """Every version below a prefix that was not removed, oldest first."""
        found = self._client.list_objects(bucket, prefix, recursive=True, include_version=True)
        versions = [
            Version(o.object_name, o.version_id, (o.etag or "").strip('"'), o.last_modified)
            for o in found
            if o.object_name and o.version_id and o.last_modified and not o.is_delete_marker
        ]
        # the store lists the newest of a key first, and tells time in milliseconds
        return sorted(reversed(versions), key=lambda version: (version.written_at, version.key))

    def metadata(self, bucket: str, key: str, version: str | None = None) -> dict[str, str]:
        """What the writer of an object said of it, by name in small letters without `x-amz-meta-`; raises NotFound."""
        from minio.error import S3Error

        try:
            found = self._client.stat_object(bucket, key, version_id=version).metadata or {}
        except S3Error as error:
            if error.code in MISSING:
                raise NotFound(f"{bucket}/{key} does not exist") from None
            raise
        said = {name.lower(): value for name, value in found.items()}
        return {name.removeprefix(META): value for name, value in said.items() if name.startswith(META)}

    def size(self, bucket: str, key: str) -> int | None:
        """Bytes of an object, or None if there is none."""
        from minio.error import S3Error

        try:
            return self._client.stat_object(bucket, key).size
        except S3Error as error:
            if error.code in MISSING:
                return None
            raise

    def age(self, bucket: str, key: str) -> timedelta:
        """How long ago an object was written; nothing if it is gone."""
        from minio.error import S3Error

        try:
            written = self._client.stat_object(bucket, key).last_modified
        except S3Error as error:
            if error.code in MISSING:
                return timedelta(0)
            raise
        assert written is not None
        return datetime.now(UTC) - written

    def list(self, bucket: str, prefix: str, *, recursive: bool = True, after: str | None = None) -> Iterator[str]:
        """Keys below a prefix in lexical order, from behind `after` on, which need not exist.

        Without `recursive` also the next level's prefixes, ending in `/`.
        """
        for found in self._client.list_objects(bucket, prefix, recursive=recursive, start_after=after):
            if found.object_name is not None:
                yield found.object_name

    def written(self, bucket: str, prefix: str) -> dict[str, datetime]:
        """When each object below a prefix was written, by key in lexical order."""
        found = self._client.list_objects(bucket, prefix, recursive=True)
        return {o.object_name: o.last_modified for o in found if o.object_name and o.last_modified}

    def put(self, bucket: str, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Writes or replaces an object."""
        self._client.put_object(bucket, key, io.BytesIO(data), len(data), content_type)

    def put_file(self, bucket: str, key: str, path: Path, content_type: str = "application/octet-stream") -> None:
        """Writes or replaces an object from a local file, in parts if it is large."""
        self._client.fput_object(bucket, key, str(path), content_type)

    def put_new(
        self,
        bucket: str,
        key: str,
        data: bytes | BinaryIO,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        """Creates an object; False if the key was taken already.

        Args:
            bucket: where.
            key: under which key.
            data: its bytes, or a file that is read from where it stands, piece by piece.
            content_type: media type.
            metadata: names without `x-amz-meta-` and values in ASCII.
        """
        return self._conditional_put(bucket, key, data, content_type, {"If-None-Match": "*"}, metadata or {})

    def put_if_match(
        self,
        bucket: str,
        key: str,
        data: bytes,
        etag: str | None,
        content_type: str = "application/octet-stream",
    ) -> None:
        """Replaces the object that has this entity tag (None: creates it); raises Conflict if it has another."""
        condition = {"If-None-Match": "*"} if etag is None else {"If-Match": f'"{etag}"'}
        if not self._conditional_put(bucket, key, data, content_type, condition):
            raise Conflict(f"{bucket}/{key} was changed by somebody else")

    def delete(self, bucket: str, key: str, version: str | None = None) -> None:
        """Removes an object, or exactly one version of it; no error if there is none."""
        self._client.remove_object(bucket, key, version_id=version)

    def _conditional_put(
        self,
        bucket: str,
        key: str,
        data: bytes | BinaryIO,
        content_type: str,
        condition: dict[str, str],
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        # minio-py cannot send conditions with a PUT; a presigned address leaves the headers to us, but for those that
        # S3 wants signed
        signed: dict[str, str | list[str] | tuple[str]] = {META + k: v for k, v in (metadata or {}).items()}
        lasts = timedelta(minutes=5)
        address = self._client.get_presigned_url("PUT", bucket, key, expires=lasts, extra_query_params=signed)
        response = self._http.put(address, content=data, headers={"Content-Type": content_type, **condition})
        if response.status_code in PRECONDITION_FAILED:
            return False
        response.raise_for_status()
        return True
