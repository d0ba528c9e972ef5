"""Rules for the municipality list."""

import great_expectations.expectations as gxe

from expectations.suites.said import said

TEN_CITIES_AND_KREIS = [
    "05562", "05562004", "05562008", "05562012", "05562014", "05562016",
    "05562020", "05562024", "05562028", "05562032", "05562036",
]  # fmt: skip


def expectations(owner: str) -> list[gxe.Expectation]:
    """Everything else in the lake hangs on the Kreis and its ten cities being there."""
    return [
        gxe.ExpectColumnDistinctValuesToContainSet(
            column="ags",
            value_set=TEN_CITIES_AND_KREIS,
            meta=said(owner, "Alle zehn Städte und der Kreis sind enthalten."),
        ),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="inhabitants",
            column_B="inhabitants_male",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
            meta=said(owner, "Es gibt nicht mehr Einwohner männlichen Geschlechts als Einwohner insgesamt."),
        ),
    ]
