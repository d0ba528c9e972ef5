"""Rules for the connectivity mart."""

import great_expectations.expectations as gxe


def expectations() -> list[gxe.Expectation]:
    """Ten cities and the Kreis, and percentages that are percentages."""
    return [
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="ags", min_value=11, max_value=11),
        gxe.ExpectColumnValuesToBeBetween(column="households_pct", min_value=0, max_value=100),
        gxe.ExpectColumnValuesToNotBeNull(column="households_pct"),
    ]
