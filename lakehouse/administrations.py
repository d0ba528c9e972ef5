"""The eleven administrations that deliver: the Kreis and its ten cities, by AGS (official municipality key)."""

from __future__ import annotations

import re
from types import MappingProxyType
from urllib.parse import unquote

KREIS = "05562000"
ADMINISTRATIONS = MappingProxyType(
    {
        KREIS: "Kreis Recklinghausen",
        "05562004": "Castrop-Rauxel",
        "05562008": "Datteln",
        "05562012": "Dorsten",
        "05562014": "Gladbeck",
        "05562016": "Haltern am See",
        "05562020": "Herten",
        "05562024": "Marl",
        "05562028": "Oer-Erkenschwick",
        "05562032": "Recklinghausen",
        "05562036": "Waltrop",
    }
)
# what may stand in a header of the store and in a name of Django; addresses of people have an @
FUNCTION = re.compile(r"[^\W_][\w .,/()&-]{0,59}")


def function_said(said: str) -> str:
    """The uploader's function, such as `CDO`, in what is written beside an upload; empty if that can be none.

    Args:
        said: in percent encoding, by whoever has the keys of an administration.
    """
    function = unquote(said)
    return function if FUNCTION.fullmatch(function) else ""
