"""The downstream publishing job: released marts become CSV, Parquet and a DCAT-AP.de catalogue."""

from opendata.job import publish
from opendata.report import HeldBack, PublishedDataset, PublishRefused, PublishReport

__all__ = ["HeldBack", "PublishRefused", "PublishReport", "PublishedDataset", "publish"]
