"""What is believed of what an administration writes beside an upload."""

from __future__ import annotations

import pytest

from lakehouse.administrations import function_said


@pytest.mark.parametrize(
    ("said", "function"),
    [
        ("CDO", "CDO"),
        ("F%C3%B6rderstelle (FB 2)", "Förderstelle (FB 2)"),
        ("erika.mustermann%40marl.example", ""),
        ("CDO%0AMarl", ""),
        ("CDO%00", ""),
        ("%3Cscript%3E", ""),
        ("x" * 61, ""),
        ("", ""),
    ],
)
def test_only_a_function_is_taken_for_one(said: str, function: str) -> None:
    assert function_said(said) == function
