"""The `meta` block of a dbt exposure as a typed object."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, StringConstraints, ValidationError, field_validator, model_validator

from lakehouse.lake.release import Publication
from lakehouse.spec.model import StrictModel
from opendata.publisher import Slug, Text
from opendata.report import PublishRefused
from opendata.terms import FREQUENCIES, GEOCODING_LEVELS, SPATIAL, THEMES


class Temporal(StrictModel):
    """The published column whose smallest and largest value are the period: dates, times or years."""

    column: str


class DatasetMeta(StrictModel):
    """What the catalogue says about one dataset besides what the release knows."""

    dataset: Slug
    title_de: Text
    title_en: Text
    description_de: Text
    keywords_de: list[Text] = Field(min_length=1)
    themes: list[str] = Field(min_length=1)
    accrual_periodicity: str
    licence: str
    spatial: list[Annotated[str, StringConstraints(pattern=SPATIAL)]] = Field(min_length=1)
    geocoding_level: str
    temporal: Temporal | None = None
    temporal_start: dt.date | None = None
    temporal_end: dt.date | None = None
    hvd: bool = False

    @field_validator("themes")
    @classmethod
    def _themes(cls, codes: list[str]) -> list[str]:
        if unknown := sorted(set(codes) - THEMES):
            raise ValueError(f"{unknown} are no EU data themes")
        return codes

    @model_validator(mode="after")
    def _codes(self) -> Self:
        if self.accrual_periodicity not in FREQUENCIES:
            raise ValueError(f"accrual_periodicity {self.accrual_periodicity} is no EU frequency")
        if self.geocoding_level not in GEOCODING_LEVELS:
            raise ValueError(f"geocoding_level {self.geocoding_level} is not a level of political geocoding")
        if self.temporal_start and self.temporal_end and self.temporal_end < self.temporal_start:
            raise ValueError("temporal_end is before temporal_start")
        if self.temporal and (self.temporal_start or self.temporal_end):
            raise ValueError("temporal names a column, so temporal_start and temporal_end have no place")
        if self.hvd:
            raise ValueError("hvd: the metadata of high-value datasets are not written yet")
        return self


def parse(publication: Publication) -> DatasetMeta:
    """Reads the meta block of a publication.

    Raises:
        PublishRefused: a key is unknown, missing or has no valid value; the message names it.
    """
    try:
        meta = DatasetMeta.model_validate(publication.meta)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))} {e['msg']}".strip() for e in error.errors())
        raise PublishRefused([f"meta of exposure {publication.dataset}: {problem}" for problem in problems]) from None
    if meta.dataset != publication.dataset:
        raise PublishRefused([f"meta of exposure {publication.dataset} names the dataset {meta.dataset}"])
    return meta
