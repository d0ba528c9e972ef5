"""Nested lists of a CKAN dataset: resources, tags and groups."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.transforms.catalogue import as_json, canonical, utc

RESOURCES = "array<struct<format: string, license: string>>"
NAMED = "array<struct<name: string>>"


def prepare(rows: DataFrame) -> DataFrame:
    """Adds `licences`, `formats`, `keywords`, `themes`, `resource_count`, `description_length` and the two times."""
    resources = F.from_json("resources", RESOURCES)
    licences = as_json(F.transform(resources, lambda resource: canonical(resource["license"])))
    return rows.withColumns(
        {
            "description_length": F.length("notes").cast("string"),
            "licences": F.coalesce(licences, as_json(F.array(canonical(F.col("license_id"))))),
            "formats": as_json(F.transform(resources, lambda resource: F.upper(F.trim(resource["format"])))),
            "resource_count": F.when(resources.isNotNull(), F.size(resources).cast("string")),
            "keywords": as_json(_names("tags")),
            "themes": as_json(_names("groups")),
            "created_at": utc(F.col("created_text")),
            "modified_at": utc(F.col("modified_text")),
        }
    )


def _names(column: str) -> Column:
    return F.transform(F.from_json(column, NAMED), lambda named: named["name"])
