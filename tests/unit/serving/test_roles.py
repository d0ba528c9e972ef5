"""What those may do who ask PostgreSQL: read what was released, write where nobody else reads, and end alone."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from infra.local import config
from lakehouse.errors import LakehouseError
from lakehouse.settings import PREFIX
from serving import roles
from serving.__main__ import main
from serving.config import ADMIN, LOADER, LOADING, ServingSettings
from serving.load import load
from serving.roles import Group, Roles
from tests.support.postgres import reader as session
from tests.support.served import Releases, plain, rows

MART = "mart_a"
OTHER = "marl"


@pytest.fixture
def released(serving: ServingSettings, made: Releases) -> int:
    number = made.make({MART: [plain(one, text="x") for one in range(3)]}, {"id": "bigint", "text": "string"})
    load(serving)
    return number


def group(*users: str, connections: int = 5, **settings: str) -> Group:
    return Group(users=list(users), connections=connections, settings=settings)


@pytest.fixture
def others(serving: ServingSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second user with limits of its own."""
    monkeypatch.setenv(f"{PREFIX}POSTGRES_{OTHER.upper()}_PASSWORD", "s3cret")
    limits = {"statement_timeout": "300ms", "temp_file_limit": "1MB", "work_mem": "1MB"}
    readers = {**roles.declared().readers, "smartvest_hasty": group(OTHER, connections=1, **limits)}
    roles.apply(serving, Roles(readers=readers))


REFUSED = [
    f"{verb} {{schema}}.{MART} {rest}"
    for verb, rest in (
        ("INSERT INTO", "VALUES (9)"), ("UPDATE", "SET text = ''"), ("DELETE FROM", ""), ("TRUNCATE", ""),
        ("COMMENT ON TABLE", "IS ''"), ("ANALYZE VERBOSE", ""),
        ("DO $$BEGIN LOCK TABLE", "IN EXCLUSIVE MODE; END$$"),
    )
] + [
    "CREATE TABLE {schema}.mine (a int)", "CREATE FUNCTION {schema}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP SCHEMA {schema} CASCADE", "GRANT USAGE ON SCHEMA {schema} TO public",
]  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
@pytest.mark.parametrize("schema", ["marts", "r_{}"])
def test_what_is_released_is_read_and_nothing_else(
    serving: ServingSettings, released: int, schema: str, statement: str
) -> None:
    schema = schema.format(released)
    with session(serving) as reader:
        before = rows(reader, f"SELECT * FROM {schema}.{MART}")
        assert len(before) == 3
        try:
            reader.execute(statement.format(schema=schema))
        except psycopg.errors.Error as error:
            assert isinstance(error, psycopg.errors.InsufficientPrivilege | psycopg.errors.WrongObjectType), error
        else:
            # PostgreSQL passes over a table that one may not analyse, and grants nothing, with a warning
            assert statement.startswith(("ANALYZE", "GRANT"))
        assert rows(reader, f"SELECT * FROM {schema}.{MART}") == before
    with serving.connect(ADMIN) as admin:
        mine = f"SELECT relname FROM pg_class WHERE relnamespace = '{schema}'::regnamespace AND relname = 'mine'"
        assert rows(admin, mine) == []
        rights = f"SELECT nspacl::text FROM pg_namespace WHERE nspname = '{schema}'"
        assert "{=" not in rows(admin, rights)[0][0] and ",=" not in rows(admin, rights)[0][0]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "CREATE EXTENSION vector",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE c AS '/tmp/mine.so'",
        "CREATE FOREIGN DATA WRAPPER mine",
        "CREATE EVENT TRIGGER mine ON sql_drop EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE PUBLICATION mine",
        f"CREATE TABLE scratch_{OTHER}.mine (a int)",
        f"SELECT * FROM scratch_{OTHER}.theirs",
        f"INSERT INTO scratch_{OTHER}.theirs VALUES (1)",
        f"DROP TABLE scratch_{OTHER}.theirs",
        f"DROP SCHEMA scratch_{OTHER} CASCADE",
        "SELECT * FROM public.common",
        "INSERT INTO public.common VALUES (1)",
        "DROP TABLE public.common",
        "DROP SCHEMA public",
        "DROP SCHEMA scratch_analyst",
        "ALTER DATABASE smartvest SET work_mem = '10GB'",
        "DROP DATABASE smartvest",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "COPY mine FROM PROGRAM 'id'",
        "COPY mine FROM '/etc/passwd'",
        "LOAD '/tmp/mine.so'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_stat_file('/etc/passwd')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_ls_logdir()",
        "SELECT pg_current_logfile()",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(0, '/tmp/mine')",
        "SELECT lo_create(0)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT rolpassword FROM pg_authid",
        "ALTER SYSTEM SET work_mem = '10GB'",
        f"SET ROLE {LOADER}",
        f"SET ROLE {OTHER}",
        "SET ROLE postgres",
        "SET temp_file_limit = -1",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE analyst CONNECTION LIMIT 1000",
        "ALTER ROLE analyst SUPERUSER",
        "SELECT pg_reload_conf()",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{OTHER}'",
        # what the loader holds while it loads
        "SELECT pg_advisory_lock(7305562000)",
        "SELECT pg_try_advisory_xact_lock_shared(7305562000)",
    ],
)
@pytest.mark.usefixtures("others")
def test_nothing_is_reached_around_it(serving: ServingSettings, statement: str) -> None:
    with serving.connect(ADMIN) as admin, session(serving, OTHER) as other, session(serving) as reader:
        admin.execute("CREATE TABLE IF NOT EXISTS public.common (a int)")
        other.execute("CREATE TABLE IF NOT EXISTS theirs (a int)")
        reader.execute("CREATE TABLE IF NOT EXISTS mine (a text)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement)
        assert rows(other, "SELECT count(*) FROM theirs") == [(0,)]


def test_no_extension_that_calls_out_is_there(serving: ServingSettings) -> None:
    with serving.connect(ADMIN) as admin:
        assert rows(admin, "SELECT extname FROM pg_extension") == [("plpgsql",)]


def test_scratch_is_for_its_user(serving: ServingSettings, released: int) -> None:
    with session(serving) as reader:
        reader.execute(f"DROP TABLE IF EXISTS mine; CREATE TABLE mine AS SELECT * FROM {MART}")
        reader.execute("UPDATE mine SET text = 'y'; CREATE INDEX ON mine (id); CREATE VIEW v AS SELECT * FROM mine")
        assert rows(reader, "SELECT count(*) FROM scratch_analyst.v WHERE text = 'y'") == [(3,)]
        reader.execute("DROP TABLE mine CASCADE")


def test_no_other_database_is_entered(serving: ServingSettings) -> None:
    for database in ("postgres", "template1"):
        with pytest.raises(LakehouseError, match="no pg_hba.conf entry"):
            serving.connect("analyst", database)


@pytest.mark.usefixtures("released", "others")
def test_what_runs_too_long_or_spills_too_much_ends_alone(serving: ServingSettings) -> None:
    with session(serving) as reader, session(serving, OTHER) as hasty:
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            hasty.execute("SELECT pg_sleep(30)")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            hasty.execute("DO $$BEGIN LOOP END LOOP; END$$")
        hasty.execute("SET statement_timeout = 0")
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
            hasty.execute("SELECT g FROM generate_series(1, 1000000) AS g ORDER BY random()")
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
            hasty.execute(
                "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r, r s"
            )
        assert rows(hasty, "SELECT count(*) FROM mart_a") == [(3,)]
        assert rows(reader, "SELECT count(*) FROM mart_a") == [(3,)]


@pytest.mark.usefixtures("others")
def test_a_session_has_every_limit_of_its_group(serving: ServingSettings) -> None:
    (declared,) = roles.declared().readers.values()
    with session(serving) as reader:
        assert {name: reader.execute(f"SHOW {name}").fetchone() for name in declared.settings} == {
            name: (value,) for name, value in declared.settings.items()
        }


@pytest.mark.usefixtures("released")
def test_what_would_eat_all_memory_ends_alone(serving: ServingSettings) -> None:
    with session(serving) as reader, session(serving) as greedy:
        started = rows(reader, "SELECT pg_postmaster_start_time()")
        with pytest.raises(psycopg.errors.OutOfMemory):
            greedy.execute("SELECT repeat('a', 150000000), repeat('b', 150000000), repeat('c', 150000000)")
        assert rows(greedy, "SELECT count(*) FROM mart_a") == [(3,)], "not even its session ends"
        assert rows(reader, "SELECT pg_postmaster_start_time()") == started


@pytest.mark.usefixtures("others")
def test_a_user_has_so_many_sessions(serving: ServingSettings) -> None:
    with session(serving, OTHER), pytest.raises(LakehouseError, match="too many connections"):
        session(serving, OTHER)


@pytest.mark.usefixtures("others", "released")
def test_who_is_not_listed_any_more_does_not_get_in(
    serving: ServingSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    session(serving, OTHER).close()
    roles.apply(serving, Roles(readers={**roles.declared().readers, "smartvest_hasty": group()}))
    with pytest.raises(LakehouseError, match="not permitted to log in"):
        session(serving, OTHER)
    assert main(["roles"]) == 0 and "1 group(s) of readers with analyst" in capsys.readouterr().out
    with session(serving) as reader:
        assert rows(reader, f"SELECT count(*) FROM {MART}") == [(3,)]
        assert rows(reader, "SHOW temp_file_limit") == [("2GB",)]


@pytest.mark.usefixtures("released")
def test_a_group_that_comes_later_reads_what_was_served_before(
    serving: ServingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}POSTGRES_LATE_PASSWORD", "old")
    readers = {**roles.declared().readers, "smartvest_late": group("late")}
    roles.apply(serving, Roles(readers=readers))
    with session(serving, "late") as late:
        assert rows(late, f"SELECT count(*) FROM {MART}") == [(3,)]
    monkeypatch.setenv(f"{PREFIX}POSTGRES_LATE_PASSWORD", "new")
    with pytest.raises(LakehouseError, match="password authentication failed"):
        session(serving, "late")
    roles.apply(serving, Roles(readers=readers))
    session(serving, "late").close()


def test_passwords_are_kept_as_scram_and_a_missing_one_is_named(serving: ServingSettings) -> None:
    with serving.connect(ADMIN) as admin:
        kept = rows(admin, "SELECT rolpassword FROM pg_authid WHERE rolcanlogin")
    assert len(kept) >= 3 and all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)
    with pytest.raises(LakehouseError, match=f"user nobody is missing: {PREFIX}POSTGRES_NOBODY_PASSWORD"):
        roles.apply(serving, Roles(readers={"some": group("nobody")}))
    assert serving.password(LOADING) not in repr(serving)


def test_the_local_stack_has_a_password_for_every_user_of_the_file() -> None:
    users = {user for group in roles.declared().readers.values() for user in group.users}
    assert {*config.POSTGRES_USERS} == {ADMIN, LOADING, *users}


def test_a_wrong_file_is_named_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "roles.yml"
    file.write_text("readers: {some: {users: ['a; drop'], connections: 0, settings: {}}}", "utf-8")
    with pytest.raises(LakehouseError, match=r"roles.yml: readers.some.users.0: .*; readers.some.connections: "):
        roles.declared(file)
