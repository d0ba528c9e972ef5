"""Members of a delivered archive, each unpacked within limits into a file of our own name.

A member's name is only ever text in a message. Names that would leave a folder are refused all the same: whoever packs
them means harm, or the archive is broken.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Protocol

from lakehouse.errors import DeliveryRejected
from lakehouse.ingest.parse.records import Part
from lakehouse.spec.archive import Archive
from lakehouse.spec.normal_form import normal_form
from lakehouse.spec.source import Source

MAX_MEMBERS = 10_000
# DEFLATE ends at 1032; tables and JSON of the real feeds stay below 30
MAX_RATIO = 200
# below this a ratio says nothing
MIN_RATIO_BYTES = 1 << 20
CHUNK = 1 << 16
BROKEN = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
)
# what a tar may be packed with, by its first bytes
PACKED_TAR: dict[bytes, Callable[[Path], gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}


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
                Unpacking(source, archive.max_unpacked_bytes).copy(packed, unpacked, file, path.stat().st_size)
            yield Part(unpacked, file)
        case Archive(type="tar"):
            yield from _of_tar(source, archive, path, file, folder)
        case _:
            yield from _members(source, archive, path, file, folder)


def _members(source: Source, archive: Archive, path: Path, file: str, folder: Path) -> Iterator[Part]:
    try:
        opened = zipfile.ZipFile(path)
    except (*BROKEN, ValueError, OverflowError) as error:
        raise DeliveryRejected(source.id, file, f"is not a zip archive, or was cut off: {error}") from None
    with opened as packed:
        files = {info.filename: info for info in sound(source, packed, file) if not info.is_dir()}
        unpacking = Unpacking(source, archive.max_unpacked_bytes)
        for name in _chosen(source, archive, list(files), file):
            where, unpacked = f"{file}, member {name}", folder / "unpacked"
            with member(source, packed, files[name], where) as content:
                unpacking.copy(content, unpacked, where, files[name].compress_size)
            yield Part(unpacked, where)


def sound(source: Source, packed: zipfile.ZipFile, file: str) -> list[zipfile.ZipInfo]:
    """The members of a zip archive, folders included, none of them unpacked yet.

    Raises:
        DeliveryRejected: too many, one of them twice, encrypted, a link, packed by a rare method, or with a name that
            leads out.
    """
    infos = packed.infolist()
    if len(infos) > MAX_MEMBERS:
        raise DeliveryRejected(source.id, file, f"holds {len(infos)} members, more than {MAX_MEMBERS}")
    for info in infos:
        if problem := _problem(info):
            raise DeliveryRejected(source.id, file, f"member {info.orig_filename!r} {problem}")
    _check_names(source, [info.filename for info in infos], file)
    return infos


def member(source: Source, packed: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> IO[bytes]:
    """A member of a zip archive, to be read. Raises DeliveryRejected."""
    try:
        return packed.open(info)
    # its own header may lie outside of the file, or hold a name that is none
    except (*BROKEN, RuntimeError, ValueError, OSError) as error:
        raise DeliveryRejected(source.id, where, f"cannot be unpacked: {error}") from None


def _problem(info: zipfile.ZipInfo) -> str | None:
    if problem := _problem_of_name(info.orig_filename):
        return problem
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link"
    if info.flag_bits & 0x1:
        return "is encrypted"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by another method than deflate"
    return None


def _problem_of_name(name: str) -> str | None:
    if not name.isprintable():
        return "has control characters in its name"
    if name.startswith("/") or "\\" in name or name[1:2] == ":" or ".." in name.split("/"):
        return "has a name that leads out of the archive"
    return None


def _is_of_a_mac(name: str) -> bool:
    """Whether a member holds what a Mac knows of another one; it has that one's name."""
    *folders, last = name.split("/")
    return "__MACOSX" in folders or last.startswith("._")


def _check_names(source: Source, names: Sequence[str], file: str) -> None:
    if len(set(names)) < len(names):
        doubled = next(name for n, name in enumerate(names) if name in names[:n])
        raise DeliveryRejected(source.id, file, f"holds member {doubled!r} twice")


def _chosen(source: Source, archive: Archive, names: Sequence[str], file: str) -> list[str]:
    """Names of the declared members, in their order."""
    pattern = normal_form(archive.members)
    chosen = sorted(name for name in names if fnmatchcase(normal_form(name), pattern) and not _is_of_a_mac(name))
    if not chosen:
        raise DeliveryRejected(source.id, file, f"holds no member {archive.members}; it has {', '.join(names[:20])}")
    return chosen


def _of_tar(source: Source, archive: Archive, path: Path, file: str, folder: Path) -> Iterator[Part]:
    """Unpacks the whole tar first: then each member is as large as it says, and none is read to find the next."""
    unpacking = Unpacking(source, archive.max_unpacked_bytes)
    plain = _plain_tar(path, file, folder / "tar", unpacking)
    try:
        opened = tarfile.open(plain, "r:")
    except (*BROKEN, ValueError) as error:
        raise DeliveryRejected(source.id, file, f"is not a tar archive, or was cut off: {error}") from None
    with opened as packed:
        files = _files_of_tar(source, packed, plain, file)
        for name in _chosen(source, archive, list(files), file):
            where, unpacked = f"{file}, member {name}", folder / "unpacked"
            content = packed.extractfile(files[name])
            assert content is not None  # a plain file
            with content:
                Unpacking(source, archive.max_unpacked_bytes).copy(content, unpacked, where, files[name].size)
            yield Part(unpacked, where)


def _plain_tar(path: Path, file: str, into: Path, unpacking: Unpacking) -> Path:
    with path.open("rb") as raw:
        start = raw.read(max(map(len, PACKED_TAR)))
    for mark, open_ in PACKED_TAR.items():
        if start.startswith(mark):
            with open_(path) as packed:
                unpacking.copy(packed, into, file, path.stat().st_size)
            return into
    return path


def _files_of_tar(source: Source, packed: tarfile.TarFile, path: Path, file: str) -> dict[str, tarfile.TarInfo]:
    infos: list[tarfile.TarInfo] = []
    try:
        for info in packed:
            infos.append(info)
            if len(infos) > MAX_MEMBERS:
                raise DeliveryRejected(source.id, file, f"holds more than {MAX_MEMBERS} members")
            if problem := _problem_of_name(info.name) or _problem_of_kind(info):
                raise DeliveryRejected(source.id, file, f"member {info.name!r} {problem}")
    except (*BROKEN, ValueError) as error:
        raise DeliveryRejected(source.id, file, f"is not a tar archive, or was cut off: {error}") from None
    with path.open("rb") as raw:
        # tarfile takes whatever is no header for the end
        raw.seek(packed.offset)
        end = raw.read(tarfile.BLOCKSIZE)
        if len(end) < tarfile.BLOCKSIZE or any(end) or any(any(chunk) for chunk in iter(lambda: raw.read(CHUNK), b"")):
            raise DeliveryRejected(source.id, file, "was cut off, or holds something that is no member")
    files = [info for info in infos if info.isreg()]
    names = [info.name.removeprefix("./") for info in files]
    _check_names(source, names, file)
    return dict(zip(names, files, strict=True))


def _problem_of_kind(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "is a link"
    if info.issparse():
        return "has holes, which would be filled"
    return None if info.isreg() or info.isdir() else "is a device"


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Unpacking:
    """Counts unpacked bytes over all members."""

    def __init__(self, source: Source, limit: int) -> None:
        """`limit` is the most bytes that all members together may have."""
        self.source, self.limit, self.unpacked = source, limit, 0

    def copy(self, packed: _Readable, into: Path, where: str, packed_bytes: int) -> None:
        """Writes what is unpacked into a file. Raises DeliveryRejected, as `chunks` does."""
        with into.open("wb") as out:
            for chunk in self.chunks(packed, where, packed_bytes):
                out.write(chunk)

    def chunks(self, packed: _Readable, where: str, packed_bytes: int) -> Iterator[bytes]:
        """What is unpacked, by the piece.

        Args:
            packed: to be read.
            where: its name in messages.
            packed_bytes: how many bytes of the archive it takes.

        Raises:
            DeliveryRejected: broken, too large, or too tightly packed.
        """
        size = 0
        try:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                self.unpacked += len(chunk)
                if self.unpacked > self.limit:
                    raise DeliveryRejected(self.source.id, where, f"unpacks to more than {self.limit} bytes")
                if size > MIN_RATIO_BYTES and size > MAX_RATIO * packed_bytes:
                    raise DeliveryRejected(self.source.id, where, f"unpacks to more than {MAX_RATIO} times its size")
                yield chunk
        except BROKEN as error:
            raise DeliveryRejected(self.source.id, where, f"is broken or was cut off: {error}") from None
