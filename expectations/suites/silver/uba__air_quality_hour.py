"""Rules for hourly air quality."""

import great_expectations.expectations as gxe

from expectations.suites.said import said


def expectations(owner: str) -> list[gxe.Expectation]:
    """A station that measures nothing for long, or nonsense often, is a fault of the station, not of the delivery."""
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="plausibility",
            value_set=["plausible", "missing"],
            mostly=0.999,
            severity="warning",
            meta=said(owner, "Höchstens einer von tausend Messwerten liegt außerhalb des möglichen Bereichs."),
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="plausibility",
            value_set=["plausible", "missing", "out_of_range"],
            meta=said(owner, "Kein Messwert stammt aus der Zukunft."),
        ),
    ]
