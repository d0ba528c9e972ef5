"""Terms of a source: declared by its `source.yml`, carried by every release."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Licence(BaseModel):
    """Terms of the source: an IRI of the DCAT-AP.de licence list, and whom a user of the data must name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^http://dcat-ap\.de/def/licenses/")]
    attribution: str
