"""Checks what others read about the project as a whole: ``python -m infra.publiccode_check``.

``publiccode.yml`` has the keys and values that the standard demands; it, ``CHANGELOG.md`` and ``LICENSE`` say the
version and the licence that ``pyproject.toml`` says.
"""

import datetime as dt
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, ValidationError

CHECKOUT = Path(__file__).resolve().parent.parent
RELEASE = re.compile(r"^## \[(?P<version>\d+\.\d+\.\d+)\] - (?P<date>\d{4}-\d\d-\d\d)$", re.MULTILINE)
# how the text of each licence begins and what it must not lack
LICENCES = {"EUPL-1.2": ("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n", [*(f"\n{n}." for n in range(1, 16)), "Appendix\n"])}

Words = Annotated[list[str], Field(min_length=1)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Description(_Closed):
    shortDescription: str = Field(max_length=150)
    longDescription: str = Field(min_length=150, max_length=10_000)
    features: list[Annotated[str, StringConstraints(max_length=100)]] = Field(min_length=1)


class _Audience(_Closed):
    scope: Words


class _Legal(_Closed):
    license: str
    mainCopyrightOwner: str
    repoOwner: str


class _Contact(_Closed):
    name: str
    affiliation: str
    email: str | None = None


class _Maintenance(_Closed):
    type: Literal["internal"]
    contacts: list[_Contact] = Field(min_length=1)


class _Localisation(_Closed):
    localisationReady: bool
    availableLanguages: list[Language] = Field(min_length=1)


class _Dependency(_Closed):
    name: str
    versionMin: str | None = None
    versionMax: str | None = None
    optional: bool = False


class _DependsOn(_Closed):
    open: list[_Dependency]


class _PublicCode(_Closed):
    """The keys of the standard that the file has; a new one is added here with its rule."""

    publiccodeYmlVersion: Literal["0.4", "0.5", "0.7"]
    name: str
    url: HttpUrl
    organizationUri: HttpUrl
    softwareVersion: str
    releaseDate: dt.date
    platforms: Words
    categories: Words
    developmentStatus: Literal["concept", "development", "beta", "stable", "obsolete"]
    softwareType: Literal[
        "standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend",
        "standalone/other", "addon", "library", "configurationFiles",
    ]  # fmt: skip
    intendedAudience: _Audience
    description: dict[Language, _Description] = Field(min_length=1)
    legal: _Legal
    maintenance: _Maintenance
    localisation: _Localisation
    dependsOn: _DependsOn


def faults(publiccode: str, pyproject: str, changelog: str, licence: str) -> Iterator[str]:
    """What is wrong, a sentence each.

    Args:
        publiccode: text of publiccode.yml.
        pyproject: text of pyproject.toml, whose version and licence the others must say.
        changelog: text of CHANGELOG.md.
        licence: text of LICENSE.
    """
    project: dict[str, Any] = tomllib.loads(pyproject)["project"]
    try:
        said = _PublicCode.model_validate(yaml.safe_load(publiccode))
    except ValidationError as error:
        yield from (f"publiccode.yml: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors())
        return
    release = RELEASE.search(changelog)
    newest, day = release.group("version", "date") if release else ("none", "none")
    pairs = [
        ("publiccode.yml: softwareVersion", said.softwareVersion, project["version"]),
        ("CHANGELOG.md: its newest version", newest, project["version"]),
        ("publiccode.yml: legal.license", said.legal.license, project["license"]),
    ]
    yield from (f"{what} is {found}, pyproject.toml says {wanted}." for what, found, wanted in pairs if found != wanted)
    if day != said.releaseDate.isoformat():
        yield f"publiccode.yml: releaseDate is {said.releaseDate}, CHANGELOG.md says {day}."
    title, parts = LICENCES[project["license"]]
    if not licence.startswith(title) or any(part not in licence for part in parts):
        yield f"LICENSE is not the whole text of {project['license']}."


def main() -> int:
    """Print what is wrong; the exit code says whether anything is."""
    names = ("publiccode.yml", "pyproject.toml", "CHANGELOG.md", "LICENSE")
    found = list(faults(*((CHECKOUT / name).read_text(encoding="utf-8") for name in names)))
    for fault in found:
        print(fault)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
