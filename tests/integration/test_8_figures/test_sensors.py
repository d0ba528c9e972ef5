"""The register of LoRaWAN devices, counted again from what administrations typed."""

from __future__ import annotations

from collections import Counter

from lakehouse.administrations import ADMINISTRATIONS
from tests.integration.test_8_figures.region import Figures

DELIVERY = "lorawan__devices"


def test_devices_are_those_of_the_newest_reports(all_marts: Figures) -> None:
    rows = all_marts.rows(DELIVERY, "lorawan__device")
    newest = max(row["period"] for row in rows)
    reported = {row["device_eui"]: row for row in rows if row["period"] == newest}
    # nobody takes a device out of the register
    assert {row["device_eui"] for row in rows} == set(reported)
    measured = Counter(
        row["device_eui"] for row in all_marts.rows(DELIVERY, "lorawan__device_quantity") if row["period"] == newest
    )
    found = all_marts.query(
        """select device_eui, ags, city, period, name, is_private_place, cell_100m is not null, quantities,
            commissioned_on, retired_on, fictitious
        from dim_device where is_known"""
    )
    assert {eui: tuple(rest) for eui, *rest in found} == {
        eui: (
            row["ags"], ADMINISTRATIONS[row["ags"]], newest, None if row["private_place"] else row["name"],
            row["private_place"], not row["private_place"], measured[eui], row["commissioned_on"], row["retired_on"],
            True,
        )
        for eui, row in reported.items()
    }  # fmt: skip
    assert {row["private_place"] for row in reported.values()} == {True, False}
