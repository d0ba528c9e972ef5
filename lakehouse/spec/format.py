"""What `source.yml` declares of a delivery's form: one of the formats, each with its dialect."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lakehouse.spec.json_format import Json
from lakehouse.spec.lorawan_format import Lorawan
from lakehouse.spec.rdf_format import Rdf
from lakehouse.spec.sheet_format import Sheet
from lakehouse.spec.text_format import Csv, FixedWidth
from lakehouse.spec.xml_format import Xml

Format = Annotated[Csv | FixedWidth | Json | Lorawan | Rdf | Sheet | Xml, Field(discriminator="type")]
