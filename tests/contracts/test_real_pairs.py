"""How far feeds that state the same are apart in the real files, read without our parser: what tolerances rest on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from expectations.suites import reconciliation

# {data} is the folder of the real files
TABLES = {
    "dim_municipality": """
        SELECT land || rb || kreis || gemeinde AS ags, true AS is_current, postleitzahl AS postcode,
            DATE '2019-12-31' AS inhabitants_date, replace(bevoelkerung, ' ', '')::BIGINT AS inhabitants,
            replace(flaeche, ' ', '')::DECIMAL(20, 2) AS area_km2
        FROM read_csv('{data}/gvisys/AuszugGV4Q_2020.csv', all_varchar = true) WHERE satzart = '60'""",
    "fct_inhabitants": """
        SELECT ags, inhabitants_date, inhabitants, area_km2 FROM dim_municipality UNION ALL
        SELECT left(ags, 5), inhabitants_date, sum(inhabitants), sum(area_km2) FROM dim_municipality GROUP BY ALL""",
    "fct_indicator_society": """
        SELECT 'inhabitants' AS indicator, ags AS area_code, DATE '2018-12-31' AS period_start, total::BIGINT AS value
        FROM read_csv('{data}/localzero_ags2018/population/2018.csv', all_varchar = true)""",
    "localzero__area": """
        SELECT ags, DATE '2018-12-31' AS reference_date, land_total::DECIMAL(12, 1) AS area_ha
        FROM read_csv('{data}/localzero_ags2018/area/2018.csv', all_varchar = true) WHERE land_total <> ''""",
    "osm__postcode": """
        SELECT ags, plz AS postcode
        FROM read_csv('{data}/gvisys/zuordnung_plz_ort_landkreis.csv', all_varchar = true)""",
    "fct_broadband_coverage": """
        SELECT ags, 'all' AS technology, speed AS min_download_mbit_s, definition_version,
            replace(told, ',', '.')::DECIMAL(5, 2) AS households_pct
        FROM (
            SELECT AGS AS ags, 'households-2018-atene' AS definition_version, unnest([1, 2]) AS speed,
                unnest(["300_1", "300_2"]) AS told
            FROM read_csv('{data}/breitbandatlas/Paket_2/*.csv', delim = ';', all_varchar = true) UNION ALL
            SELECT AGS, 'households-2018', unnest([1, 2]),
                unnest(["alle Technologien ≥ 1 Mbit/s", "alle Technologien ≥ 2 Mbit/s"])
            FROM read_csv('{data}/breitbandatlas/Paket_3/*_2018_ende.csv', delim = ';', all_varchar = true)
        )""",
}
PAID, RECEIVED = "it_nrw__municipal_payment", "it_nrw__district_payment"
# how many are compared, and the widest difference: of 396 municipalities and 31 Kreise, two speeds, eight levies
WIDEST = {
    "inhabitants": (396, 2.74),
    "inhabitants_of_payments": (427, 11.51),
    "area": (396, 0.32),
    "postcode": (396, 1),
    "basic_broadband": (792, 1),
    "kreis_levy": (8, 6.42),
}
OF_KREIS = {
    "inhabitants": (10, 0.77),
    "inhabitants_of_payments": (11, 3.68),
    "area": (10, 0),
    "postcode": (10, 0),
    "basic_broadband": (20, 0),
    "kreis_levy": (0, None),
}


@pytest.fixture(scope="module")
def connection(shared_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    data = shared_dir / "data"
    with duckdb.connect() as opened:
        for name, query in TABLES.items():
            opened.execute(f"CREATE TABLE {name} AS {query.format(data=data)}")
        opened.execute("CREATE TABLE mart_public_finance (source_feed TEXT, ags TEXT, year INT, inhabitants BIGINT)")
        for table, level in ((PAID, "gemeinden"), (RECEIVED, "landkreise")):
            opened.execute(f"CREATE TABLE {table} (ags TEXT, year INT, product TEXT, account TEXT, amount_eur BIGINT)")
            folder = data / "finance_nrw" / "2011" / level
            for area in json.loads((folder / "metadata.json").read_text())["areas"]:
                # the files of the Kreise repeat the cities outside of one
                if len(area["key"]) == 8 or int(area["key"][3:]) >= 30:
                    row = [table, area["key"], 2011, area["population"]]
                    opened.execute("INSERT INTO mart_public_finance VALUES (?, ?, ?, ?)", row)
            for ags, amounts in json.loads((folder / "611.json").read_text())["areas"].items():
                for account in {"7372", "6182"} & amounts.keys():
                    known = None if amounts[account] == "." else amounts[account]
                    opened.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?)", [ags, 2011, "611", account, known])
        yield opened


def widest(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, float | None]]:
    """By pair how many are compared, and the widest difference."""
    tables = {name: f"main.{name}" for name in (*TABLES, "mart_public_finance", PAID, RECEIVED)}
    frame, _ = reconciliation.suite(connection, tables, tables.keys())
    found = {}
    for name in frame.column_names[3:]:
        apart = [value for value in frame[name].to_pylist() if value is not None]
        found[name] = (len(apart), round(max(apart), 2) if apart else None)
    return found


def test_feeds_agree_on_the_cities_of_the_kreis(connection: duckdb.DuckDBPyConnection) -> None:
    assert widest(connection) == OF_KREIS


def test_tolerances_hold_in_the_whole_land(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All municipalities and Kreise, but the three cities whose postcode is that of a large customer."""
    keys = connection.execute("SELECT rpad(ags, 8, '0'), ags FROM fct_inhabitants WHERE ags LIKE '05%'").fetchall()
    monkeypatch.setattr(reconciliation, "ADMINISTRATIONS", dict(keys))
    assert widest(connection) == WIDEST
    tolerances = {pair.name: pair.tolerance for pair in reconciliation.PAIRS}
    assert [pair for pair, (_, apart) in WIDEST.items() if apart > tolerances[pair]] == ["postcode"]
