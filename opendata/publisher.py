"""The publisher's facts from `publisher.yml`."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import StringConstraints, model_validator

from lakehouse.spec.model import StrictModel

Web = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Contact(StrictModel):
    """Where readers turn to: a web address, a functional mailbox or both."""

    name: Text
    url: Web | None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")] | None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.url is None and self.email is None:
            raise ValueError("the contact needs an url or an email")
        return self


class CatalogueText(StrictModel):
    """Title and description of the catalogue itself."""

    title_de: Text
    description_de: Text


class Withdrawn(StrictModel):
    """A dataset that leaves the catalogue on purpose."""

    dataset: Slug
    since: dt.date
    reason: Text


class Publisher(StrictModel):
    """The body that legally decides what is published."""

    name: Text
    homepage: Web
    contributor_id: Annotated[str, StringConstraints(pattern=r"^http://dcat-ap\.de/def/contributors/\w+$")]
    identifier_prefix: Slug
    contact: Contact
    catalogue: CatalogueText
    withdrawn: list[Withdrawn]


@cache
def load() -> Publisher:
    """Reads the file beside this module; raises pydantic's ValidationError when it is wrong."""
    return Publisher.model_validate(yaml.safe_load(Path(__file__).with_name("publisher.yml").read_text("utf-8")))
