"""Where two feeds state the same thing, they must agree. What holds within one feed or one mart stands in dbt.

Every pair only warns: that two feeds disagree does not tell which of them is wrong. Tolerances come from the real
files of both: beside each stands the widest difference among the 396 municipalities of North Rhine-Westphalia. What
only one side states is not compared: whether a feed is complete, its own suites judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

import duckdb
import great_expectations.expectations as gxe
import pyarrow as pa

from expectations.suites.said import said
from lakehouse.administrations import ADMINISTRATIONS

STATISTICS, FINANCE, BROADBAND, CDO = (
    f"{office} of Kreis Recklinghausen"
    for office in ("Statistics office", "Finance office", "Broadband coordination", "CDO office")
)
APART_PCT = "abs(stated - other) * 100 / nullif(greatest(stated, other), 0)"


@dataclass(frozen=True)
class Pair:
    """Two feeds that state the same.

    Attributes:
        name: of the pair.
        reads: marts and silver tables in `query`.
        query: a row per thing that both state: `ags` of an administration of the region, and both figures as `stated`
            and `other`.
        apart: SQL of how far these are apart, NULL where they cannot be compared.
        tolerance: up to which `apart` they agree.
        rule: what must hold, in English.
        owner: who clears a difference up, by function.
        sentence_de: what must hold, in German, for people who read no code.
    """

    name: str
    reads: tuple[str, ...]
    query: str
    apart: str
    tolerance: float
    rule: str
    owner: str
    sentence_de: str


PAIRS = (
    # at most 2.74 percent within the year between both dates, 0.77 in the Kreis
    Pair(
        name="inhabitants",
        reads=("fct_inhabitants", "fct_indicator_society"),
        query="""
            SELECT ags, arg_min(inhabitants, abs(inhabitants_date - period_start)) AS stated, value AS other
            FROM fct_inhabitants JOIN fct_indicator_society ON ags = area_code
            WHERE indicator = 'inhabitants' GROUP BY ags, period_start, value""",
        apart=APART_PCT,
        tolerance=3,
        rule="inhabitants of the municipality list and of LocalZero differ by at most 3 percent",
        owner=STATISTICS,
        sentence_de="Gemeindeverzeichnis und LocalZero nennen für jede Stadt fast dieselbe Einwohnerzahl (höchstens 3 %"
        " Unterschied bei einem Jahr Abstand).",
    ),
    # 2011 and 2019, with a census between them: at most 11.51 percent, 3.68 in the Kreis. A wrong key or unit is far
    # beyond that, and would spoil every amount per inhabitant.
    Pair(
        name="inhabitants_of_payments",
        reads=("fct_inhabitants", "mart_public_finance"),
        query="""
            SELECT
                rpad(listed.ags, 8, '0') AS ags,
                arg_min(listed.inhabitants, abs(inhabitants_date - make_date(year, 12, 31))) AS stated,
                paying.inhabitants AS other
            FROM (
                SELECT DISTINCT ags, year, inhabitants FROM mart_public_finance WHERE source_feed LIKE 'it_nrw%'
            ) AS paying JOIN fct_inhabitants AS listed ON listed.ags = paying.ags
            GROUP BY listed.ags, year, paying.inhabitants""",
        apart=APART_PCT,
        tolerance=12,
        rule="inhabitants of the municipality list and of the payment statistics differ by at most 12 percent",
        owner=FINANCE,
        sentence_de="Die Einwohnerzahlen, mit denen die Finanzstatistik rechnet, passen zum Gemeindeverzeichnis"
        " (höchstens 12 % Unterschied, weil Jahre und ein Zensus dazwischen liegen).",
    ),
    # at most 12 ha and 0.32 percent, none in the Kreis
    Pair(
        name="area",
        reads=("fct_inhabitants", "localzero__area"),
        query="""
            SELECT ags, arg_min(area_km2, abs(inhabitants_date - reference_date)) * 100 AS stated, area_ha AS other
            FROM fct_inhabitants JOIN localzero__area USING (ags)
            GROUP BY ags, reference_date, area_ha""",
        apart=APART_PCT,
        tolerance=0.5,
        rule="areas of the municipality list and of LocalZero differ by at most 0.5 percent",
        owner=STATISTICS,
        sentence_de="Gemeindeverzeichnis und LocalZero nennen für jede Stadt dieselbe Fläche (höchstens 0,5 %"
        " Unterschied).",
    ),
    # all but Münster, Bielefeld and Herne, whose postcode is that of a large customer, which OpenStreetMap lacks
    Pair(
        name="postcode",
        reads=("dim_municipality", "osm__postcode"),
        query="""
            SELECT city.ags, 1 AS stated, count(touching.postcode) AS other
            FROM dim_municipality AS city
            LEFT JOIN osm__postcode AS touching ON city.ags = touching.ags AND city.postcode = touching.postcode
            WHERE is_current AND city.postcode IS NOT NULL GROUP BY city.ags""",
        apart="stated - other",
        tolerance=0,
        rule="the postcode of a city in the municipality list is one of those that OpenStreetMap gives it",
        owner=STATISTICS,
        sentence_de="Die Postleitzahl, die das Gemeindeverzeichnis für eine Stadt nennt, gehört auch laut OpenStreetMap"
        " zu dieser Stadt.",
    ),
    # At most 1 point; from 6 Mbit/s on networks grew between mid and end 2018 (up to 65 points at 50 Mbit/s). What the
    # column 300 of the edition of mid 2018 means, is known by this agreement only.
    Pair(
        name="basic_broadband",
        reads=("fct_broadband_coverage",),
        query="""
            SELECT
                ags,
                max(households_pct) FILTER (definition_version = 'households-2018-atene') AS stated,
                max(households_pct) FILTER (definition_version = 'households-2018') AS other
            FROM fct_broadband_coverage
            WHERE technology = 'all' AND min_download_mbit_s <= 2 GROUP BY ags, min_download_mbit_s""",
        apart="abs(stated - other)",
        tolerance=2,
        rule="households with 1 and 2 Mbit/s of mid and of end 2018 differ by at most 2 points",
        owner=BROADBAND,
        sentence_de="Beide Ausgaben des Breitbandatlas für 2018 nennen für jede Stadt fast denselben Anteil der"
        " Haushalte, die mindestens 1 oder 2 Mbit/s bekommen (höchstens 2 Prozentpunkte Unterschied).",
    ),
    # The eight Kreise whose cities are all known: from 5.51 percent less to 6.42 more, as money may arrive in another
    # year. Of Kreis Recklinghausen two cities are not known in 2011, so only too much is found.
    Pair(
        name="kreis_levy",
        reads=("it_nrw__municipal_payment", "it_nrw__district_payment"),
        query="""
            SELECT
                rpad(received.ags, 8, '0') AS ags,
                sum(paid.amount_eur) AS stated,
                received.amount_eur AS other,
                count(paid.amount_eur) = count(*) AS is_complete
            FROM it_nrw__district_payment AS received
            JOIN it_nrw__municipal_payment AS paid
                ON received.year = paid.year AND received.product = paid.product AND received.ags = left(paid.ags, 5)
            WHERE received.product = '611' AND received.account = '6182' AND paid.account = '7372'
            GROUP BY received.ags, received.year, received.amount_eur""",
        apart=f"CASE WHEN is_complete OR stated > other THEN {APART_PCT} END",
        tolerance=10,
        rule="the levy that the cities paid (account 7372) and the Kreis received (6182) differs by at most 10 percent",
        owner=FINANCE,
        sentence_de="Was die Städte laut Finanzstatistik als Kreisumlage zahlten, hat der Kreis auch eingenommen"
        " (höchstens 10 % Unterschied, weil manche Zahlung erst im neuen Jahr ankommt).",
    ),
    # By definition, for there are no real workbooks yet: eligible cost is a part of all cost. A project that is not
    # reported counts as 0.
    Pair(
        name="cost_of_funded_projects",
        reads=("mart_funding_ledger", "mart_project"),
        query="""
            SELECT
                approval.ags,
                approval.eligible_cost_eur AS stated,
                CASE WHEN project.project_id IS NULL THEN 0 ELSE project.cost_eur END AS other
            FROM mart_funding_ledger AS approval
            JOIN (SELECT ags, max(as_of_date) AS as_of_date FROM mart_project GROUP BY ags) AS report
                ON approval.ags = report.ags AND approval.as_of_date <= report.as_of_date
            LEFT JOIN mart_project AS project
                ON approval.ags = project.ags AND approval.project_id = project.project_id
            WHERE approval.project_id IS NOT NULL AND approval.status <> 'revoked'""",
        apart="stated - other",
        tolerance=0,
        rule="a project that an approval names is reported, with a cost not below what is eligible",
        owner=CDO,
        sentence_de="Jedes Projekt, das eine Bewilligung in der Mappe Fördermittel nennt, steht auch in der Mappe"
        " Organisation, und seine Gesamtkosten sind nicht niedriger als die förderfähigen Kosten.",
    ),
    # By definition: a ledger holds all approvals since 2022, and an approval counts for all who take part in it.
    Pair(
        name="grants_of_measures",
        reads=("mart_strategy", "mart_funding_ledger"),
        query="""
            SELECT
                plan.ags,
                count(*) AS stated,
                len(list_filter(ledger.bases, basis -> basis = plan.funding_basis)) AS other
            FROM mart_strategy AS plan
            JOIN (
                SELECT
                    member AS ags,
                    max(as_of_date) FILTER (member = ags) AS as_of_date,
                    list(
                        CASE
                            WHEN funding_source IN ('esf', 'erdf') THEN 'eu_grant'
                            WHEN funding_source IN ('federal', 'state') THEN funding_source || '_grant'
                        END
                    ) AS bases
                FROM (
                    SELECT *, unnest(list_append(coalesce(participating_ags, []), ags)) AS member
                    FROM mart_funding_ledger WHERE status <> 'revoked'
                ) GROUP BY member
            ) AS ledger ON plan.ags = ledger.ags AND plan.funding_source_on BETWEEN '2022-01-01' AND ledger.as_of_date
            WHERE plan.status IN ('running', 'completed')
                AND plan.funding_basis IN ('state_grant', 'federal_grant', 'eu_grant')
            GROUP BY plan.ags, plan.funding_basis, ledger.bases""",
        apart="CASE WHEN other = 0 THEN stated ELSE 0 END",
        tolerance=0,
        rule="measures that a grant pays for have an approval of the same kind of funder in the ledger",
        owner=CDO,
        sentence_de="Wer laut Mappe Strategie eine Maßnahme aus Fördermitteln bezahlt, hat laut Mappe Fördermittel auch"
        " eine Bewilligung desselben Geldgebers (Land, Bund oder EU).",
    ),
)


def suite(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str], rebuilt: Set[str]
) -> tuple[pa.Table, list[gxe.Expectation]]:
    """What pairs of feeds say of the same, where one side may have changed.

    Args:
        connection: with the right to read the tables.
        tables: SQL of what stands behind FROM, by mart and silver table; a pair that reads another is left out.
        rebuilt: marts that were built, and silver tables that they read.

    Returns:
        a frame with a row per comparison: `ags`, `stated`, `other`, and in the column named like its pair how far these
        are apart; and what must hold of it. No expectation if there is nothing to compare.
    """
    pairs = [pair for pair in PAIRS if rebuilt & {*pair.reads} and tables.keys() >= {*pair.reads}]
    if not pairs:
        return pa.table({}), []
    reads = dict.fromkeys(name for pair in pairs for name in pair.reads)
    compared = " UNION ALL BY NAME ".join(
        f"SELECT ags, stated::DOUBLE AS stated, other::DOUBLE AS other, ({pair.apart})::DOUBLE AS {pair.name}"
        f" FROM ({pair.query})"
        for pair in pairs
    )
    frame = connection.execute(
        f"WITH {', '.join(f'{name} AS (FROM {tables[name]})' for name in reads)}"
        f" SELECT * FROM ({compared}) WHERE ags IN {tuple(ADMINISTRATIONS)}"
    ).to_arrow_table()
    return frame, [
        gxe.ExpectColumnValuesToBeBetween(
            column=pair.name,
            max_value=pair.tolerance,
            severity="warning",
            meta=said(pair.owner, pair.sentence_de, pair.rule + _but(frame, pair)),
        )
        for pair in pairs
    ]


def _but(frame: pa.Table, pair: Pair) -> str:
    """Whose rows do not hold, and how many of how many."""
    found = zip(frame["ags"].to_pylist(), frame[pair.name].to_pylist(), strict=True)
    compared = [(ags, apart) for ags, apart in found if apart is not None]
    rows = Counter(ags for ags, _ in compared)
    beyond = Counter(ags for ags, apart in compared if apart > pair.tolerance)
    told = [f"{name} in {beyond[ags]} of {rows[ags]} rows" for ags, name in ADMINISTRATIONS.items() if beyond[ags]]
    return f", but not of {', '.join(told)}" if told else ""
