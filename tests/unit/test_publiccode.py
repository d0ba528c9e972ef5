"""What others read about the project: a wrong key, version, date or licence is a sentence."""

from __future__ import annotations

import pytest

from infra.publiccode_check import faults
from lakehouse.settings import CHECKOUT

FILES = {
    name: (CHECKOUT / name).read_text("utf-8")
    for name in ("publiccode.yml", "pyproject.toml", "CHANGELOG.md", "LICENSE")
}


def _faults(**changed: tuple[str, str]) -> list[str]:
    """The faults of the repository's files with one text in some of them replaced by another."""
    texts = {name.partition(".")[0].lower(): text for name, text in FILES.items()}
    for name, (old, new) in changed.items():
        assert old in texts[name]
        texts[name] = texts[name].replace(old, new, 1)
    return list(faults(**{"licence" if name == "license" else name: text for name, text in texts.items()}))


def test_the_repository_has_none() -> None:
    assert _faults() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"publiccode": ("softwareType: standalone/backend", "softwareType: lakehouse")},
            "softwareType: Input should be",
        ),
        ({"publiccode": ("name: SmartVest\n", "")}, "name: Field required"),
        ({"publiccode": ("name: SmartVest\n", "name: SmartVest\nowner: me\n")}, "owner: Extra inputs"),
        ({"publiccode": ("license: EUPL-1.2", "license: MIT")}, "legal.license is MIT, pyproject.toml says EUPL-1.2"),
        ({"publiccode": ('softwareVersion: "', 'softwareVersion: "9')}, "softwareVersion is 9"),
        ({"publiccode": ('releaseDate: "20', 'releaseDate: "19')}, "releaseDate is 19"),
        ({"changelog": ("\n## [0", "\n## [90")}, "its newest version is 90"),
        ({"license": ("\n15.Applicable Law", "\nApplicable Law")}, "LICENSE is not the whole text"),
    ],
    ids=str,
)
def test_a_fault_is_said(changed: dict[str, tuple[str, str]], said: str) -> None:
    (fault,) = _faults(**changed)
    assert said in fault
