"""Rules for hourly air quality."""

import great_expectations.expectations as gxe


def expectations() -> list[gxe.Expectation]:
    """A station that measures nothing for long, or nonsense often, is a fault of the station, not of the delivery."""
    return [
        gxe.ExpectColumnValuesToBeInSet(
            column="plausibility", value_set=["plausible", "missing"], mostly=0.999, severity="warning"
        ),
        gxe.ExpectColumnValuesToBeInSet(column="plausibility", value_set=["plausible", "missing", "out_of_range"]),
    ]
