"""Workbooks of the made-up region through the inbox into silver, faults and all, and what their senders are told."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from dags.shared import tasks
from infra.region import ENTITIES, rows_of
from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.airflow_api import Airflow
from lakehouse.lake import ledger, sql
from lakehouse.settings import CHECKOUT
from lakehouse.spec.discovery import load_delivery
from lakehouse.workbook import template
from lakehouse.workbook.answers import answers
from spark_jobs import commit
from tests.integration.workbooks import (
    CITY,
    OTHER,
    cells,
    expected_cells,
    held,
    last_answer,
    period_of,
    put,
    silver,
    sort,
    spoiled,
    typed,
)
from tests.support.built import run_feed
from tests.support.stack import LocalStack

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("delivery", sorted(ENTITIES))
def test_what_every_administration_fills_in_reaches_silver_and_what_cannot_be_taken_is_told(
    stack: LocalStack, delivery: str, tmp_path: Path
) -> None:
    tables = load_delivery(stack.sources_dir, delivery)
    truth = {ags: spoiled(tables, ags) for ags in ADMINISTRATIONS}
    for ags, found in truth.items():
        put(stack, tables, ags, found.cells, tmp_path / "workbook.xlsx")
    run_feed(delivery, f"all of {delivery}")
    assert list(stack.store("landing").list(names.INBOX, "")) == []
    for ags, found in truth.items():
        said = last_answer(stack, ags, delivery)
        assert said.outcome == ("partly" if found.waiting else "accepted")
        for table, told in zip(tables, said.tables, strict=True):
            rows = found.taken[table.id]
            assert sort(silver(stack, table, ags)) == sort(typed(table, rows)), (table.id, ags)
            waiting = [one for one in found.waiting if one.table == table.id]
            assert (told.taken, told.waiting, told.inserted) == (len(rows), len(waiting), len(rows))
            assert told.duplicate == found.duplicates[table.id]
        if found.waiting:
            assert cells(said) >= {*expected_cells(stack, tables, ags, found)}
    with stack.lake() as lake:
        entries = lake.execute(
            f"SELECT feed, status, len(deliveries) FROM {sql.scan(ledger.LEDGER)} WHERE parent = ? ORDER BY ALL",
            [delivery],
        ).fetchall()
    assert entries == sorted((table.id, "committed", len(ADMINISTRATIONS)) for table in tables)


def test_a_delivery_replaces_its_city_and_period_and_nothing_else(stack: LocalStack, tmp_path: Path) -> None:
    delivery = "vest__strategie"
    tables = load_delivery(stack.sources_dir, delivery)
    rows = {ags: rows_of(delivery, ags, period_of(tables)) for ags in (CITY, OTHER)}
    for ags in rows:
        put(stack, tables, ags, rows[ags], tmp_path / "workbook.xlsx")
    run_feed(delivery, "both")
    before = held(stack, tables)
    assert before["vest__measure " + CITY] and before["vest__milestone " + OTHER]

    # two files for one period, both waiting: the later one counts, and both senders are told
    measures = rows[CITY]["vest__measure"]
    gone = measures[-1]["measure"]
    fewer = {table: [row for row in rows[CITY][table] if row["measure"] != gone] for table in rows[CITY]}
    renamed = {**fewer, "vest__measure": [{**fewer["vest__measure"][0], "title": "Neuer Titel"}, *measures[1:-1]]}
    put(stack, tables, CITY, fewer, tmp_path / "workbook.xlsx", "first")
    put(stack, tables, CITY, renamed, tmp_path / "workbook.xlsx", "second")
    run_feed(delivery, "two at once")
    for table in tables:
        assert sort(silver(stack, table, CITY)) == sort(typed(table, renamed[table.id]))
    said = {found.upload: found for found in answers(stack.store(CITY), CITY, delivery)}
    assert [said[name].outcome for name in ("first.xlsx", "second.xlsx")] == ["accepted", "accepted"]
    (told, _) = said["second.xlsx"].tables
    assert (told.read, told.updated, told.removed) == (len(measures) - 1, 1, 1)
    assert said["first.xlsx"].tables[0].removed == 0

    # much less than before is refused, unless what was there is taken back first
    few = {"vest__measure": renamed["vest__measure"][:1], "vest__milestone": []}
    put(stack, tables, CITY, few, tmp_path / "workbook.xlsx", "few")
    with pytest.raises(AirflowFailException, match="50% of the rows that it replaces"):
        run_feed(delivery, "few")
    assert "ziehen Sie die vorige Lieferung bitte zuerst zurück" in last_answer(stack, CITY, delivery).refusal
    stack.store(CITY).put(names.INBOX, f"{names.inbox_prefix(CITY, delivery)}{period_of(tables)}/b.withdrawal", b"-")
    run_feed(delivery, "withdrawn")
    assert last_answer(stack, CITY, delivery).outcome == "withdrawn"
    assert [silver(stack, table, CITY) for table in tables] == [[], []]
    put(stack, tables, CITY, few, tmp_path / "workbook.xlsx", "few")
    run_feed(delivery, "few again")
    assert typed(tables[0], few["vest__measure"]) == silver(stack, tables[0], CITY)
    after = held(stack, tables)
    assert {name: rows for name, rows in after.items() if OTHER in name} == {
        name: rows for name, rows in before.items() if OTHER in name
    }


def test_one_sender_s_fault_stops_nobody_else_and_money_is_taken_whole_or_not_at_all(
    stack: LocalStack, tmp_path: Path
) -> None:
    delivery = "vest__foerdermittel"
    tables = load_delivery(stack.sources_dir, delivery)
    for ags in (CITY, OTHER):
        rows = rows_of(delivery, ags, period_of(tables))
        put(stack, tables, ags, rows, tmp_path / "workbook.xlsx", "good")
    run_feed(delivery, "good")
    before = held(stack, tables)

    bad = rows_of(delivery, CITY, period_of(tables))
    bad["vest__payment"][0]["grant_eur"] = "ca. 500"  # type: ignore[assignment]
    good = rows_of(delivery, OTHER, period_of(tables))
    good["vest__call"][0]["title"] = "Neuer Aufruf"
    put(stack, tables, CITY, bad, tmp_path / "workbook.xlsx", "bad")
    put(stack, tables, OTHER, good, tmp_path / "workbook.xlsx", "new")
    run_feed(delivery, "bad and good")
    after = held(stack, tables)
    refused, taken = (last_answer(stack, ags, delivery) for ags in (CITY, OTHER))
    assert refused.outcome == "refused" and refused.refusal.startswith(
        "Diese Lieferung wird nur als Ganzes übernommen."
    )
    (finding,) = refused.findings
    assert (finding.sheet, finding.found) == ("Zahlungen", "ca. 500")
    assert taken.outcome == "accepted" and sum(table.updated for table in taken.tables) == 1
    changed = {name for name in after if sort(after[name]) != sort(before[name])}
    assert changed == {f"vest__call {OTHER}"}


def test_a_run_that_is_killed_between_two_tables_is_finished_by_the_next(
    stack: LocalStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery, city = "vest__kompetenzen", "05562028"
    tables = load_delivery(stack.sources_dir, delivery)
    rows = rows_of(delivery, city, "2024")
    template.write(tmp_path / "workbook.xlsx", tables, city, "2024", rows)
    key = f"{names.inbox_prefix(city, delivery)}2024/a.xlsx"
    stack.store(city).put_file(names.INBOX, key, tmp_path / "workbook.xlsx")
    apply, applied = commit.apply, []

    def killed(*arguments: Any, **options: Any) -> Any:
        if applied:
            raise KeyboardInterrupt
        applied.append(apply(*arguments, **options))
        return applied[0]

    plan = tasks.land(delivery, "killed", None, None)
    with monkeypatch.context() as patch:
        patch.setattr(commit, "apply", killed)
        with pytest.raises(KeyboardInterrupt):
            tasks.load(delivery, "killed", plan)
    assert [*answers(stack.store(city), city, delivery, "2024")] == []
    tasks.load(delivery, "killed", plan)
    tasks.finish(delivery, "killed")
    (said,) = answers(stack.store(city), city, delivery, "2024")
    with stack.lake() as lake:
        written = lake.execute(
            f"""SELECT feed, inserted FROM {sql.scan(ledger.LEDGER)}
            WHERE run_id = 'killed' AND parent = ? AND status = 'committed' ORDER BY feed""",
            [delivery],
        ).fetchall()
        stored = [
            lake.execute(
                f"SELECT count(*) FROM {sql.scan(names.uri('silver', t.id))} WHERE ags = ? AND period = '2024'",
                [city],
            ).fetchall()
            for t in tables
        ]
    assert said.outcome == "accepted"
    assert stored == [[(len(rows[table.id]),)] for table in tables]
    assert dict(written) == {table.id: len(rows[table.id]) for table in tables}


@pytest.fixture
def watched(stack: LocalStack) -> Iterator[str]:
    """A workbook of its own that this stack's Airflow watches; the others are taken by hand."""
    folder = stack.sources_dir / "trial__checks"
    shutil.copytree(CHECKOUT / "sources" / "vest__egov_check_bogen", folder)
    (folder / "tables" / "vest__egov_check.yml").rename(folder / "tables" / "trial__check.yml")
    yield folder.name
    shutil.rmtree(folder)


def test_airflow_sees_an_upload_and_answers_it(stack: LocalStack, watched: str, tmp_path: Path) -> None:
    city = "05562036"
    tables = load_delivery(stack.sources_dir, watched)
    airflow, deadline = Airflow(stack.settings), time.monotonic() + 120
    while names.ingest_dag(watched) not in airflow.dags():
        assert time.monotonic() < deadline, "Airflow did not read the workbook's DAG"
        time.sleep(2)
    rows = {"trial__check": rows_of("vest__egov_check_bogen", city, period_of(tables))["vest__egov_check"]}
    put(stack, tables, city, rows, tmp_path / "workbook.xlsx", "by_airflow")
    while not (said := [a for a in answers(stack.store(city), city, watched) if a.upload == "by_airflow.xlsx"]):
        assert time.monotonic() < deadline + 60, "nobody answered"
        time.sleep(1)
    assert said[0].outcome == "accepted"
