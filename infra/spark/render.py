"""Fills in the placeholders of ``spark-defaults.conf``.

``python -m infra.spark.render`` takes each value from the environment variable SMARTVEST_<PLACEHOLDER> and prints the
result: the containers start with it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from string import Template

_TEMPLATE = Template(Path(__file__).with_name("spark-defaults.conf").read_text(encoding="utf-8"))


def spark_defaults(values: Mapping[str, object]) -> str:
    """The configuration with these values.

    Raises:
        KeyError: a placeholder has no value; its argument is the placeholder's name.
    """
    return _TEMPLATE.substitute(values)


if __name__ == "__main__":
    try:
        print(spark_defaults({name: os.environ[f"SMARTVEST_{name.upper()}"] for name in _TEMPLATE.get_identifiers()}))
    except KeyError as missing:
        sys.exit(f"{missing.args[0]} is not set.")
