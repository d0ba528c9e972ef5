"""Rules for the daily air quality mart."""

import great_expectations.expectations as gxe


def expectations() -> list[gxe.Expectation]:
    """A day has 23 to 25 hours, and no more can be valid."""
    return [
        gxe.ExpectColumnValuesToBeBetween(column="hours_expected", min_value=23, max_value=25),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="hours_expected", column_B="hours_valid", or_equal=True),
    ]
