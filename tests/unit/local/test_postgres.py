"""PostgreSQL under the supervisor of the local stack, also where everything runs as root."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.local import airflow_database, config, postgres_files, programs
from infra.local.config import Stack
from infra.local.paths import INFRA
from infra.local.programs import Program
from infra.local.supervision import Supervisor
from lakehouse.errors import LakehouseError
from serving import roles
from serving.config import ADMIN, ServingSettings
from tests.support import minio
from tests.support.program import running
from tests.support.served import rows


@pytest.fixture
def prepared(tmp_path: Path) -> Stack:
    made = minio.prepared(tmp_path / "state")
    postgres_files.ensure_cluster(made)
    return made


@pytest.fixture
def supervised(prepared: Stack) -> Iterator[tuple[Supervisor, Program]]:
    """A supervisor that has PostgreSQL and nothing else to do."""
    (program,) = (each for each in programs.all_programs(prepared) if each.name == "postgres")
    supervisor = Supervisor(prepared)
    supervisor.apply([program])
    try:
        yield supervisor, program
    finally:
        supervisor.stop("postgres")
        supervisor.shutdown()


def awaited(supervisor: Supervisor, program: Program, log: Path, not_pid: int = 0) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        info = supervisor.info("postgres")
        if info["statename"] == "RUNNING" and info["pid"] != not_pid and program.ready(info["start"]):
            return info
        assert time.monotonic() < deadline, (
            f"{info['statename']} {info['pid']}, not {not_pid}: {log.read_text('utf-8')}"
        )
        time.sleep(0.05)


def test_it_comes_back_when_it_is_killed_and_ends_with_everything_written(
    supervised: tuple[Supervisor, Program], prepared: Stack
) -> None:
    (supervisor, program), log = supervised, prepared.logs_dir / "postgres.log"
    supervisor.start("postgres")
    first = awaited(supervisor, program, log)
    assert pwd.getpwuid(Path(f"/proc/{first['pid']}").stat().st_uid).pw_name != "root"
    os.kill(first["pid"], signal.SIGKILL)
    awaited(supervisor, program, log, not_pid=first["pid"])
    supervisor.stop("postgres")
    said = log.read_text("utf-8")
    assert "automatic recovery in progress" in said and "PANIC" not in said
    assert said.rstrip().endswith("database system is shut down")


def test_the_deployment_lets_nobody_who_reads_releases_into_another_database(prepared: Stack) -> None:
    """Its script runs on an empty server, then the roles are made. From where one may connect, the local stack says."""
    with running(prepared, "postgres"):
        settings = ServingSettings(_env_file=prepared.state / "stack.env", state_dir=prepared.state)
        passwords = {"PGPASSWORD": settings.password(ADMIN), "AIRFLOW_DB_PASSWORD": "a", "METASTORE_DB_PASSWORD": "m"}
        address = {"PGHOST": "127.0.0.1", "PGPORT": str(settings.postgres_port), "POSTGRES_USER": postgres_files.ADMIN}
        programs_of = f"{postgres_files.binary('psql').parent}{os.pathsep}{os.environ['PATH']}"
        script = ["sh", str(INFRA / "postgres" / "init.sh")]
        subprocess.run(script, env={"PATH": programs_of, **address, **passwords}, check=True, capture_output=True)
        roles.apply(settings, roles.declared())
        with settings.connect(ADMIN) as admin:
            reached = {
                user: rows(
                    admin,
                    "SELECT datname, right_ FROM pg_database, unnest('{CONNECT,CREATE,TEMPORARY}'::text[]) AS right_"
                    f" WHERE datallowconn AND has_database_privilege('{user}', datname, right_) ORDER BY 1, 2",
                )
                for user in ("analyst", "airflow")
            }
    assert reached["analyst"] == [("smartvest", "CONNECT")]
    assert reached["airflow"] == [("airflow", right) for right in ("CONNECT", "CREATE", "TEMPORARY")]


def test_airflow_has_a_database_of_its_own(prepared: Stack) -> None:
    own = prepared.airflow_database_url.replace("+psycopg", "")
    with running(prepared, "postgres"):
        settings = ServingSettings(_env_file=prepared.state / "stack.env", state_dir=prepared.state)
        roles.apply(settings, roles.declared())
        airflow_database.ensure(prepared)
        assert not airflow_database.migrated(prepared)
        with psycopg.connect(own) as connection:
            connection.execute("CREATE TABLE dag (id int)")
        airflow_database.set_migrated(prepared)
        # as the next start does
        airflow_database.ensure(prepared)
        assert airflow_database.migrated(prepared)
        with psycopg.connect(own) as connection:
            assert rows(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [("dag",)]
        with pytest.raises(LakehouseError, match="no pg_hba.conf entry"):
            settings.connect("analyst", config.AIRFLOW_DATABASE)
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(own, dbname=settings.postgres_database)


def test_nobody_else_reads_its_folder_or_the_state(prepared: Stack) -> None:
    place = postgres_files.folder(prepared.state)
    for path in (place, *place.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    assert prepared.state.stat().st_mode & 0o007 == 0
    assert not (place / "password").exists()


def test_a_data_folder_is_made_once_and_its_settings_follow_the_checkout(prepared: Stack) -> None:
    place = postgres_files.folder(prepared.state)
    control = postgres_files.data(prepared.state) / "global" / "pg_control"
    before = control.stat().st_mtime_ns
    (place / "pg_hba.conf").write_text("host all all all trust", "utf-8")
    # as a start of the stack does
    config.write(prepared)
    postgres_files.ensure_cluster(prepared)
    assert control.stat().st_mtime_ns == before
    assert "trust" not in (place / "pg_hba.conf").read_text("utf-8")
