"""Rules for the funding mart."""

import great_expectations.expectations as gxe


def expectations() -> list[gxe.Expectation]:
    """Sums of grants are neither negative nor made of nothing."""
    return [
        gxe.ExpectColumnValuesToBeBetween(column="grant_count", min_value=1),
        gxe.ExpectColumnValuesToBeBetween(column="amount_eur", min_value=0),
    ]
