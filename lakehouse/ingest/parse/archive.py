"""Members of a delivered archive, each unpacked within limits into a file of our own name.

A member's name is only ever text in a message. Names that would leave a folder are refused all the same: whoever packs
them means harm, or the archive is broken.
"""

from __future__ import annotations

import gzip
import stat
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.archive import Archive
from lakehouse.spec.source import Source

MAX_MEMBERS = 10_000
# DEFLATE ends at 1032; tables and JSON of the real feeds stay below 30
MAX_RATIO = 200
# below this a ratio says nothing
MIN_RATIO_BYTES = 1 << 20
CHUNK = 1 << 16
BROKEN = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError)


def parts(source: Source, archive: Archive | None, path: Path, file: str, folder: Path) -> Iterator[Part]:
    """The files to parse, in order of their names; an unpacked one exists until the next is asked for.

    Raises:
        DeliveryRejected: cut, broken, encrypted, too large, too tightly packed, or no member matches.
    """
    match archive:
        case None:
            yield Part(path, file)
        case Archive(type="gzip"):
            with gzip.open(path) as packed:
                unpacked = folder / "unpacked"
                _Unpacking(source, archive).copy(packed, unpacked, file, path.stat().st_size)
            yield Part(unpacked, file)
        case _:
            yield from _members(source, archive, path, file, folder)


def _members(source: Source, archive: Archive, path: Path, file: str, folder: Path) -> Iterator[Part]:
    try:
        opened = zipfile.ZipFile(path)
    except (*BROKEN, ValueError, OverflowError) as error:
        raise DeliveryRejected(source.id, file, f"is not a zip archive, or was cut off: {error}") from None
    with opened as packed:
        chosen = _chosen(source, archive, packed, file)
        unpacking = _Unpacking(source, archive)
        for info in chosen:
            where, unpacked = f"{file}, member {info.filename}", folder / "unpacked"
            try:
                member = packed.open(info)
            except (*BROKEN, RuntimeError) as error:
                raise DeliveryRejected(source.id, where, f"cannot be unpacked: {error}") from None
            with member:
                unpacking.copy(member, unpacked, where, info.compress_size)
            yield Part(unpacked, where)


def _chosen(source: Source, archive: Archive, packed: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    infos = packed.infolist()
    if len(infos) > MAX_MEMBERS:
        raise DeliveryRejected(source.id, file, f"holds {len(infos)} members, more than {MAX_MEMBERS}")
    for info in infos:
        if problem := _problem(info):
            raise DeliveryRejected(source.id, file, f"member {info.orig_filename!r} {problem}")
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        doubled = next(name for n, name in enumerate(names) if name in names[:n])
        raise DeliveryRejected(source.id, file, f"holds member {doubled!r} twice")
    chosen = [info for info in infos if not info.is_dir() and fnmatchcase(info.filename, archive.members)]
    if not chosen:
        raise DeliveryRejected(source.id, file, f"holds no member {archive.members}; it has {', '.join(names[:20])}")
    return sorted(chosen, key=lambda info: info.filename)


def _problem(info: zipfile.ZipInfo) -> str | None:
    name = info.orig_filename
    if not name.isprintable():
        return "has control characters in its name"
    if name.startswith("/") or "\\" in name or name[1:2] == ":" or ".." in name.split("/"):
        return "has a name that leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by another method than deflate"
    return None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Unpacking:
    """Counts unpacked bytes over all members."""

    def __init__(self, source: Source, archive: Archive) -> None:
        self.source, self.limit, self.unpacked = source, archive.max_unpacked_bytes, 0

    def copy(self, packed: _Readable, into: Path, where: str, packed_bytes: int) -> None:
        size = 0
        try:
            with into.open("wb") as out:
                while chunk := packed.read(CHUNK):
                    size += len(chunk)
                    self.unpacked += len(chunk)
                    if self.unpacked > self.limit:
                        raise DeliveryRejected(self.source.id, where, f"unpacks to more than {self.limit} bytes")
                    if size > MIN_RATIO_BYTES and size > MAX_RATIO * packed_bytes:
                        raise DeliveryRejected(
                            self.source.id, where, f"unpacks to more than {MAX_RATIO} times its size"
                        )
                    out.write(chunk)
        except BROKEN as error:
            raise DeliveryRejected(self.source.id, where, f"is broken or was cut off: {error}") from None
