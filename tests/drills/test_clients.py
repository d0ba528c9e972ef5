"""Drivers that offices have, from Debian's packages: JDBC, ODBC, GDAL (QGIS's library) and R against PostgreSQL.

Each is asked for the rows of tests/unit/serving/test_clients.py, where what comes from Python packages is asked.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.settings import PREFIX
from lakehouse.storage import ObjectStore
from serving.config import ServingSettings
from serving.load import load
from tests.support import minio, postgres
from tests.support.served import Releases
from tests.unit.serving.test_clients import COLUMNS, GAPS, MARL, QUERY, address

INSTALL = (
    "apt-get install -y --no-install-recommends"
    " libpostgresql-jdbc-java odbc-postgresql python3-pyodbc gdal-bin r-cran-rpostgresql r-cran-jsonlite"
)
JDBC = Path("/usr/share/java/postgresql.jar")
ODBC = "Driver={{PostgreSQL Unicode}};Server={};Port={};Database={};Uid=analyst;Pwd={};BoolsAsChar=0"
# Debian's, which has its pyodbc
PYTHON = "/usr/bin/python3"
BY_ODBC = """
import pyodbc, sys
for row in pyodbc.connect(sys.argv[1], readonly=True).execute(sys.argv[2]):
    print([type(value).__name__ + " " + str(value) for value in row])
"""
BY_R = """
said <- commandArgs(TRUE)
town <- DBI::dbConnect(RPostgreSQL::PostgreSQL(), host = said[1], port = said[2], dbname = said[3], user = "analyst",
                       password = Sys.getenv("PGPASSWORD"))
found <- DBI::dbGetQuery(town, said[4])
cat(jsonlite::toJSON(lapply(found, function(column) paste(class(column)[1], as.character(column)))))
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServingSettings]:
    """A release of one mart in a PostgreSQL of its own."""
    with (
        minio.running(tmp_path_factory.mktemp("stack")) as stack,
        postgres.running(stack) as settings,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv(f"{PREFIX}STATE_DIR", str(stack.state))
        ServingSettings.load.cache_clear()
        made = Releases(ObjectStore.for_role(settings, "spark"))
        made.make({"mart_town": [MARL, GAPS]}, COLUMNS, key=["ags"])
        load(settings)
        yield settings


def ran(served: ServingSettings, *command: str | Path) -> str:
    """What a program says. Raises AssertionError with the command that installs it if it is not there."""
    program = str(command[0])
    assert shutil.which(program), f"{program} is missing: {INSTALL}"
    environment = {"PATH": "/usr/bin:/bin", "PGPASSWORD": served.password("analyst"), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{INSTALL}"
    return done.stdout


def place(served: ServingSettings) -> tuple[str, str, str]:
    return served.postgres_host, str(served.postgres_port), served.postgres_database


def test_jdbc(served: ServingSettings) -> None:
    assert JDBC.exists(), f"the driver is missing: {INSTALL}"
    java = shutil.which("java")
    assert java is not None
    host, port, database = place(served)
    told = ran(
        served, java, "-cp", JDBC, Path(__file__).with_name("ByJdbc.java"),
        f"jdbc:postgresql://{host}:{port}/{database}", served.password("analyst"), QUERY,
    )  # fmt: skip
    first, second = told.splitlines()
    assert json.loads(first) == [
        "String 05562024", f"Long {2**53 + 1}", "BigDecimal 0.10", "Date 2026-03-29", "Timestamp 2026-11-28 12:00:00.0",
        "Boolean true", "Double 0.1", 'PgArray {Straße,"a \\"b\\", c"}',
    ]  # fmt: skip
    assert json.loads(second) == ["String 05562008", *["null"] * 7]


def test_odbc(served: ServingSettings) -> None:
    told = ran(served, PYTHON, "-c", BY_ODBC, ODBC.format(*place(served), served.password("analyst")), QUERY)
    first, second = told.splitlines()
    assert first == str(
        ["str 05562024", f"int {2**53 + 1}", "Decimal 0.10", "date 2026-03-29", "datetime 2026-11-28 12:00:00",
         "bool True", "float 0.1", 'str {Straße,"a \\"b\\", c"}']
    )  # fmt: skip
    assert second == str(["str 05562008", *["NoneType None"] * 7])


def test_gdal(served: ServingSettings) -> None:
    told = ran(served, "ogr2ogr", "-f", "CSV", "/vsistdout/", f"PG:{address(served)}", "-sql", QUERY)
    first, second = csv.DictReader(io.StringIO(told))
    assert (first["ags"], first["inhabitants"], first["money"], first["day"], first["share"]) == (
        "05562024", str(2**53 + 1), "0.10", "2026/03/29", "0.1",
    )  # fmt: skip
    assert first["at"] == "2026/11/28 12:00:00+00" and "Straße" in first["topics"]
    assert {name: value for name, value in second.items() if value} == {"ags": "05562008"}


def test_r(served: ServingSettings) -> None:
    told = ran(served, "Rscript", "-e", BY_R, *place(served), QUERY)
    found = json.loads(told)
    assert found == {
        "ags": ["character 05562024", "character 05562008"],
        # R has no whole numbers of 64 bits
        "inhabitants": [f"numeric {2**53}", "numeric NA"],
        "money": ["numeric 0.1", "numeric NA"],
        "day": ["Date 2026-03-29", "Date NA"],
        "at": ["POSIXct 2026-11-28 12:00:00", "POSIXct NA"],
        "yes": ["logical TRUE", "logical NA"],
        "share": ["numeric 0.1", "numeric NA"],
        "topics": ['character {Straße,"a \\"b\\", c"}', "character NA"],
    }
