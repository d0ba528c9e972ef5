"""Health of what runs in this container, by exit code.

``port HOST NUMBER``: something listens there. ``airflow PART``: the API server calls that part healthy.
"""

import json
import os
import socket
import sys
from urllib.request import urlopen


def _listens(host: str, port: str) -> bool:
    with socket.create_connection((host, int(port)), timeout=3):
        return True


def _airflow_part_healthy(part: str) -> bool:
    with urlopen(f"{os.environ['SMARTVEST_AIRFLOW_URL']}/api/v2/monitor/health", timeout=5) as response:
        return bool(json.load(response)[part]["status"] == "healthy")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["port", host, port]:
            healthy = _listens(host, port)
        case ["airflow", part]:
            healthy = _airflow_part_healthy(part)
        case _:
            sys.exit(__doc__)
    sys.exit(not healthy)
