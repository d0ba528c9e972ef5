"""The eleven administrations that deliver: the Kreis and its ten cities, by AGS (official municipality key)."""

from __future__ import annotations

from types import MappingProxyType

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
