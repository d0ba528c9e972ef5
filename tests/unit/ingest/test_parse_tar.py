"""Members of a tar, however it is packed; whatever is not a plain file in it is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from lakehouse.errors import DeliveryRejected, SpecError
from lakehouse.ingest.parse import archive as parser
from lakehouse.ingest.parse import parse_to_parquet
from tests.support import example

HEAD = b"Baum,Art\n"
GOOD = HEAD + b"1,Eiche\n"
UNPACKED = 3_000_000
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def tar(*members: tuple[str, bytes], **kind: Any) -> bytes:
    """A tar; `kind` are fields of the header of its last member."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as packed:
        for number, (name, content) in enumerate(members, 1):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            if number == len(members):
                for key, value in kind.items():
                    setattr(info, key, value)
            packed.addfile(info, io.BytesIO(content))
    return out.getvalue()


def sparse() -> bytes:
    """A member of GNU tar that says 8 GiB and brings nothing."""
    header = bytearray(tar(("a.csv", b""), type=tarfile.GNUTYPE_SPARSE)[: tarfile.BLOCKSIZE])
    header[257:265] = b"ustar  \0"
    header[483:495] = b"%011o\0" % (8 << 30)
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    return bytes(header) + bytes(tarfile.RECORDSIZE - tarfile.BLOCKSIZE)


def parsed(folder: Path, content: bytes, **archive: Any) -> list[tuple[str, str]]:
    format_ = {"type": "csv", "encoding": "utf-8", "delimiter": ","}
    declared = {"type": "tar", "members": "*.csv", "max_unpacked_bytes": UNPACKED, **archive}
    feed = example.source(folder, format={**format_, "archive": declared})
    delivered, into = folder / "delivered", folder / "parsed.parquet"
    delivered.write_bytes(content)
    parse_to_parquet(feed, delivered, "all.tar", into)
    return [(row["tree"], row["species"]) for row in pq.read_table(into).to_pylist()]


@pytest.mark.parametrize("packer", PACKERS)
def test_members_follow_each_other_by_name(packer: str, tmp_path: Path) -> None:
    members = (("./d/b.csv", HEAD + b"2,Linde\n3,Ulme\n"), ("./a.csv", GOOD), ("z.txt", b"?"), ("d", b""))
    content = PACKERS[packer](tar(*members, type=tarfile.DIRTYPE))
    assert parsed(tmp_path, content) == [("1", "Eiche"), ("2", "Linde"), ("3", "Ulme")]
    assert parsed(tmp_path, content, members="d/*") == [("2", "Linde"), ("3", "Ulme")]


ROWS = b"".join(b"%d,%d\n" % (n, random.Random(n).getrandbits(64)) for n in range(150_000))
WHOLE = tar(("a.csv", GOOD), ("b.csv", HEAD + b"2,Linde\n"))
CASES = {
    "no tar": (GOOD, "is not a tar archive, or was cut off"),
    "nothing": (b"", "is not a tar archive, or was cut off"),
    "no member": (tar(), "holds no member *.csv; it has "),
    "another member": (tar(("liesmich.txt", b"x")), "holds no member *.csv; it has liesmich.txt"),
    "cut in a member": (WHOLE[:700], "is not a tar archive, or was cut off: unexpected end of data"),
    "cut between members": (WHOLE[:1024], "was cut off, or holds something that is no member"),
    "cut in a header": (WHOLE[:1300], "was cut off, or holds something that is no member"),
    "a broken header": (WHOLE[:1024] + b"x" + WHOLE[1025:], "was cut off, or holds something that is no member"),
    "two joined": (WHOLE + WHOLE, "was cut off, or holds something that is no member"),
    "cut gzip": (gzip.compress(WHOLE)[:-12], "is broken or was cut off"),
    "cut bzip2": (bz2.compress(WHOLE)[:-12], "is broken or was cut off"),
    "cut xz": (lzma.compress(WHOLE)[:-40], "is broken or was cut off"),
    "broken xz": (lzma.compress(WHOLE)[:-8] + bytes(8), "is broken or was cut off"),
    "traversal": (tar(("a.csv", GOOD), ("x/../../b.csv", GOOD)), "'x/../../b.csv' has a name that leads out"),
    "absolute name": (tar(("/tmp/a.csv", GOOD)), "'/tmp/a.csv' has a name that leads out"),
    "control characters": (tar(("a\x1b[2J.csv", GOOD)), "has control characters in its name"),
    "a link": (tar(("a.csv", b""), type=tarfile.SYMTYPE, linkname="/etc/hostname"), "'a.csv' is a link"),
    "a hard link": (tar(("a.csv", GOOD), ("b.csv", b""), type=tarfile.LNKTYPE, linkname="a.csv"), "'b.csv' is a link"),
    "a device": (tar(("a.csv", b""), type=tarfile.CHRTYPE), "'a.csv' is a device"),
    "a pipe": (tar(("a.csv", b""), type=tarfile.FIFOTYPE), "'a.csv' is a device"),
    "holes": (sparse(), "'a.csv' has holes"),
    "a member twice": (tar(("a.csv", GOOD), ("./a.csv", GOOD)), "holds member 'a.csv' twice"),
    "too large": (tar(("a.csv", HEAD + ROWS), ("b.csv", HEAD + ROWS[:1000])), f"unpacks to more than {UNPACKED} bytes"),
    "too large packed": (gzip.compress(tar(("z.txt", ROWS))), f"unpacks to more than {UNPACKED} bytes"),
    "bomb": (bz2.compress(tar(("a.csv", HEAD + b"1,Eiche\n" * 250_000))), "unpacks to more than 200 times its size"),
    "too many": (tar(*((f"{n}.csv", b"") for n in range(12))), "holds more than 11 members"),
    "wrong bytes": (tar(("a.csv", GOOD), ("b.csv", HEAD + b"2,\xe4\n")), "all.tar, member b.csv, line 2: is not utf-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_sound_tar_is_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parser, "MAX_MEMBERS", 11)
    content, reason = CASES[case]
    with pytest.raises(DeliveryRejected) as error:
        parsed(tmp_path, content)
    assert reason in str(error.value)
    assert str(error.value).startswith("town__tree: all.tar")
    assert str(tmp_path) not in str(error.value)


def test_pages_are_landed_as_a_zip_only(tmp_path: Path) -> None:
    fetch = {"connector": "oparl", "address": "bodies", "max_pages": 2, "max_bytes": 1000}
    format_ = {"type": "json", "records": "$.*", "archive": {"type": "tar"}}
    columns = [{"from": "/id", "name": "tree"}]
    with pytest.raises(SpecError, match="connector oparl lands a zip of pages"):
        example.source(tmp_path, format=format_, fetch=fetch, columns=columns)
    example.source(tmp_path, format={**format_, "archive": {"type": "zip"}}, fetch=fetch, columns=columns)
