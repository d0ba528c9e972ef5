"""`marts` follows the current release: nobody who reads ever sees two releases in one transaction, or half of one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import IsolationLevel

from lakehouse import open_release
from lakehouse.errors import LakehouseError
from lakehouse.lake import release
from serving import views
from serving.config import LOADING, ServingSettings
from serving.load import load
from tests.support.postgres import reader as session
from tests.support.served import Releases, full, plain, rows

A, B = "mart_a", "mart_b"
COLUMNS = {"id": "bigint", "text": "string"}
SHOWN = "SELECT marts.release_number()"


@pytest.fixture
def numbered(made: Releases) -> Callable[[], int]:
    """Makes a release whose marts say its number in every row."""

    def make() -> int:
        last = release.latest(made.store)
        number = last.release + 1 if last else 1
        named = [{"id": one, "text": str(number)} for one in range(3)]
        return made.make({A: named, B: named}, COLUMNS)

    return make


@pytest.mark.parametrize("level", [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ])
def test_a_transaction_reads_one_release_and_the_next_one_waits_for_it(
    serving: ServingSettings, numbered: Callable[[], int], level: IsolationLevel, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = numbered()
    load(serving)
    new = numbered()
    gave_way: list[float] = []
    monkeypatch.setattr(views, "sleep", gave_way.append)
    with ThreadPoolExecutor(1) as pool, session(serving, autocommit=False, isolation_level=level) as reader:
        # of the two, the one that is replaced last: the switch holds the other when it finds this one in use
        assert rows(reader, f"SELECT DISTINCT text FROM {B}") == [(str(old),)]
        switching = pool.submit(load, serving)
        while not gave_way:
            assert not switching.done()
        for _ in range(3):
            assert rows(reader, f"SELECT DISTINCT text FROM {A} UNION SELECT text FROM {B}") == [(str(old),)]
            assert rows(reader, SHOWN) == [(old,)]
        with session(serving) as other:
            assert rows(other, f"SELECT DISTINCT text FROM {A}") == [(str(old),)], "others read on meanwhile"
        reader.commit()
        assert switching.result(timeout=30).switched
        assert rows(reader, SHOWN) == [(new,)]


def test_a_transaction_that_began_before_the_load_finds_the_new_release_whole(
    serving: ServingSettings, numbered: Callable[[], int]
) -> None:
    numbered()
    load(serving)
    new = numbered()
    with session(serving, autocommit=False, isolation_level=IsolationLevel.REPEATABLE_READ) as reader:
        assert rows(reader, "SELECT count(*) > 0 FROM pg_class") == [(True,)], "its snapshot is taken"
        load(serving)
        assert rows(reader, f"SELECT text, count(*) FROM {A} GROUP BY 1") == [(str(new), 3)]
        assert rows(reader, "SELECT max(release) FROM releases") == [(new,)]
        assert rows(reader, SHOWN) == [(new,)]


def test_a_reader_who_never_ends_holds_up_the_switch_and_nothing_else(
    serving: ServingSettings, numbered: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = numbered()
    load(serving)
    new = numbered()
    monkeypatch.setattr(views, "_PATIENCE_S", 0)
    with session(serving, autocommit=False) as reader:
        rows(reader, f"SELECT * FROM {A}")
        with pytest.raises(LakehouseError, match=f"`marts` cannot show release {new}: a reader has kept"):
            load(serving)
        assert rows(reader, f"SELECT DISTINCT text, marts.release_number() FROM {B}") == [(str(old), old)]
    done = load(serving)
    assert (done.loaded, done.switched) == (False, True)


def test_what_readers_made_of_marts_stays_as_long_as_its_columns_do(
    serving: ServingSettings, made: Releases, numbered: Callable[[], int]
) -> None:
    numbered()
    load(serving)
    with session(serving) as reader:
        reader.execute(f"CREATE VIEW of_all AS SELECT text FROM {A}")
        reader.execute(f"CREATE VIEW of_gone AS SELECT text FROM {B}")
        new = numbered()
        load(serving)
        assert rows(reader, "SELECT DISTINCT text FROM of_all") == [(str(new),)]
        # a mart goes, another has a column more
        made.make({A: [plain(1, text="more")]}, {**COLUMNS, "day": "date"})
        load(serving)
        assert rows(reader, "SELECT * FROM of_all") == [("more",)]
        assert rows(reader, "SELECT to_regclass('of_gone'), to_regclass('marts.mart_b')") == [(None, None)]
        made.make({A: [plain(1, text="gone")]}, {"id": "bigint"})
        load(serving)
        assert rows(reader, f"SELECT * FROM {A}") == [(1,)]
        assert rows(reader, "SELECT to_regclass('of_all')") == [(None,)]


def test_a_schema_that_is_being_read_stays_until_the_next_time(
    serving: ServingSettings, numbered: Callable[[], int]
) -> None:
    old, one = numbered(), serving.model_copy(update={"served_releases": 1})
    load(one)
    with session(serving, autocommit=False) as reader:
        rows(reader, f"SELECT * FROM r_{old}.{A}")
        numbered()
        assert old not in load(one).dropped
        assert len(rows(reader, f"SELECT * FROM r_{old}.{A}")) == 3
    assert old in load(one).dropped


def test_a_pinned_release_answers_the_same_after_thirty_more(
    serving: ServingSettings, made: Releases, numbered: Callable[[], int]
) -> None:
    two = serving.model_copy(update={"served_releases": 2})
    pinned = made.make({A: [full(1), plain(2)], B: [plain(one, text=str(one % 2)) for one in range(9)]})
    load(two)
    questions = (
        f"SELECT * FROM r_{pinned}.{A} ORDER BY id",
        f"SELECT text, count(*), sum(id) FROM r_{pinned}.{B} GROUP BY text ORDER BY text",
        f"SELECT * FROM r_{pinned}.dictionary ORDER BY mart, position",
        f"SELECT * FROM r_{pinned}.releases ORDER BY release",
    )
    in_files = f"FROM {A} ORDER BY id"
    with session(serving) as reader:
        first = [rows(reader, question) for question in questions]
        read = open_release(pinned, settings=serving).sql(in_files).fetchall()
        for _ in range(30):
            new = numbered()
            load(two)
            assert rows(reader, f"SELECT DISTINCT text, marts.release_number() FROM {A}") == [(str(new), new)]
        assert rows(reader, f"SELECT to_regnamespace('r_{pinned}')") == [(None,)], "its place was needed"
        done = load(two, pinned)
        assert (done.loaded, done.shown, done.switched) == (True, new, False)
        assert [rows(reader, question) for question in questions] == first
        assert open_release(pinned, settings=serving).sql(in_files).fetchall() == read and len(read) == 2
        assert rows(reader, f"SELECT DISTINCT text, marts.release_number() FROM {A}") == [(str(new), new)]


def test_the_loader_is_no_superuser(serving: ServingSettings) -> None:
    with serving.connect(LOADING) as loader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        loader.execute("SELECT pg_read_file('/etc/passwd')")
