"""What `source.yml` declares of a delivery's form: one of the formats, each with its dialect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lakehouse.spec.json_format import Json
from lakehouse.spec.rdf_format import Rdf
from lakehouse.spec.text_format import Csv, FixedWidth

Format = Annotated[Csv | FixedWidth | Json | Rdf, Field(discriminator="type")]
