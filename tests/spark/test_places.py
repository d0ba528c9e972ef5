"""The matcher of place names: the SQL of the dbt models, rendered as dbt renders it, on the local session."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jinja2
import pytest
import yaml
from pyspark.sql import Row, SparkSession

from lakehouse.settings import CHECKOUT

DBT = CHECKOUT / "dbt"
MUNICIPALITIES = [
    ("60", "05562016", "Haltern am See, Stadt"),
    ("60", "05562024", "Marl, Stadt"),
    ("60", "05562032", "Recklinghausen, Stadt"),
    ("40", "05562", "Recklinghausen"),
    ("60", "05315000", "Köln, Stadt"),
    ("40", "05315", "Köln, Stadt"),
    # another Land: no name of it may be found
    ("60", "03459026", "Hagen am Teutoburger Wald"),
    ("60", "01051049", "Hagen"),
    # twice in one Land
    ("60", "05999001", "Neustadt, Stadt"),
    ("60", "05999002", "Neustadt"),
    # not a place that is looked for
    ("50", "05562", "Verband Vest"),
]
EDITION = "DATE '2020-12-31' AS territorial_status_date"
POSTCODES = [
    ("45770", "05562024"),
    ("45657", "05562032"),
    ("45657", "05562024"),
    ("49170", "03459026"),
    ("50667", "05315000"),
]
MENTIONS = [
    {"feed": "plain", "model": "grants", "place": "seat_place", "level": "municipality", "land_ags": "05"},
    {"feed": "coded", "model": "chargers", "place": "place", "postcode": "postcode", "level": "municipality",
     "land_ags": "05"},
    {"feed": "kreis", "model": "accidents", "place": "district_name", "level": "kreis", "land_ags": "05"},
]  # fmt: skip


class Models:
    """The models of the project as SQL; `ref` gives the text of a model in brackets, or the name of a given view."""

    def __init__(self, given: Iterable[str], **variables: Any) -> None:
        project = yaml.safe_load((DBT / "dbt_project.yml").read_text("utf-8"))
        self._given = set(given)
        self._variables = {**project["vars"], **variables}
        self._environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
        self._environment.globals.update(ref=self.ref, var=self._variables.__getitem__)
        for path in DBT.glob("macros/match_places.sql"):
            module = self._environment.from_string(path.read_text("utf-8")).module
            self._environment.globals["match_places"] = module.match_places  # type: ignore[attr-defined]

    def ref(self, model: str) -> str:
        return model if model in self._given else f"({self.sql(model)})"

    def sql(self, model: str) -> str:
        (path,) = DBT.glob(f"models/**/{model}.sql")
        return self._environment.from_string(path.read_text("utf-8")).render()


@pytest.fixture(scope="module")
def views(spark: SparkSession) -> list[str]:
    grants = [
        "Marl",
        "Marl",
        "Haltern",
        "marl",
        "Mar",
        "Hagen",
        "Neustadt",
        "Recklinghausen",
        None,
        "Marl-Sinsen",
        "Hallern",
    ]
    chargers = [
        ("Marl", "45657"), ("Sinsen", "45770"), ("Vest", "45657"), (None, "45770"), ("Hagen a. T. W.", "49170"),
        ("Marl", "50667"), ("Haltern", None), (None, None), ("Sinsen", "45770"), ("Köln", "50667"),
    ]  # fmt: skip
    frames = {
        "stg_gvisys__municipality": spark.createDataFrame(
            MUNICIPALITIES, "record_type string, ags string, name string"
        ).selectExpr("*", EDITION),
        "stg_osm__postcode": spark.createDataFrame(POSTCODES, "postcode string, ags string"),
        "grants": spark.createDataFrame([(place,) for place in grants], "seat_place string"),
        "chargers": spark.createDataFrame(chargers, "place string, postcode string"),
        "accidents": spark.createDataFrame([("Recklinghausen",), ("Marl",)], "district_name string"),
    }
    for name, frame in frames.items():
        frame.createOrReplaceTempView(name)
    return list(frames)


@pytest.fixture(scope="module")
def matched(spark: SparkSession, views: list[str]) -> dict[tuple[str, str | None, str | None], Row]:
    rows = spark.sql(Models(views, place_mentions=MENTIONS).sql("int_place__match")).collect()
    found = {(row["feed"], row["place"], row["postcode"]): row for row in rows}
    assert len(found) == len(rows), "one row per spelling"
    return found


@pytest.mark.parametrize(
    ("feed", "place", "postcode", "ags", "kind"),
    [
        ("plain", "Marl", None, "05562024", "exact"),
        ("plain", "Haltern", None, "05562016", "official_alias"),
        # nothing is bent until it fits
        ("plain", "marl", None, None, "none"),
        ("plain", "Mar", None, None, "none"),
        ("plain", "Marl-Sinsen", None, None, "none"),
        ("plain", "Hagen", None, None, "none"),
        ("plain", "Neustadt", None, None, "none"),
        # the same name means the city in one feed and the Kreis in the other
        ("plain", "Recklinghausen", None, "05562032", "exact"),
        ("kreis", "Recklinghausen", None, "05562", "exact"),
        ("kreis", "Marl", None, None, "none"),
        # the name goes before the postcode, which counts only where it is unique and within the scope
        ("coded", "Marl", "45657", "05562024", "exact"),
        ("coded", "Marl", "50667", "05562024", "exact"),
        ("coded", "Sinsen", "45770", "05562024", "postcode"),
        ("coded", "Vest", "45657", None, "none"),
        ("coded", "Hagen a. T. W.", "49170", None, "none"),
        ("coded", "Haltern", None, "05562016", "official_alias"),
        ("coded", None, "45770", "05562024", "postcode"),
    ],
)
def test_a_place_is_found_or_not(
    matched: dict[tuple[str, str | None, str | None], Row],
    feed: str, place: str | None, postcode: str | None, ags: str | None, kind: str,
) -> None:  # fmt: skip
    row = matched[feed, place, postcode]
    assert (row["ags"], row["match_kind"]) == (ags, kind)


def test_every_row_is_counted_once(matched: dict[tuple[str, str | None, str | None], Row]) -> None:
    counted: dict[str, int] = {}
    for (feed, _, _), row in matched.items():
        counted[feed] = counted.get(feed, 0) + row["records"]
    assert counted == {"plain": 10, "coded": 9, "kreis": 2}, "all but those that name no place at all"
    assert matched["coded", "Sinsen", "45770"]["records"] == 2


def test_the_review_suggests_what_is_near_and_decides_nothing(spark: SparkSession, views: list[str]) -> None:
    models = Models(views, place_mentions=MENTIONS)
    rows = {(row["feed"], row["place"], row["postcode"]): row for row in
            spark.sql(models.sql("mart_place_review")).collect()}  # fmt: skip
    assert rows["plain", "marl", ""]["suggestions"] == "Marl (05562024)"
    assert rows["plain", "Mar", ""]["suggestions"] == "Marl (05562024)"
    assert rows["plain", "Hallern", ""]["suggestions"] == "Haltern am See (05562016)"
    assert rows["plain", "Marl-Sinsen", ""]["suggestions"] is None, "seven letters of eleven differ"
    assert rows["plain", "Hagen", ""]["suggestions"] is None, "what is near lies in another Land"
    assert {key for key, row in rows.items() if row["match_kind"] == "none" and row["ags"]} == set()
    assert {key for key, row in rows.items() if row["match_kind"] != "none" and row["suggestions"]} == set()
    assert len(rows) == 19, "one row per spelling: none is lost, none doubled"


def test_no_more_than_three_suggestions(spark: SparkSession, views: list[str]) -> None:
    near = [("60", f"0556210{n}", f"Mark{letter}") for n, letter in enumerate("dcba")]
    frame = spark.createDataFrame([*MUNICIPALITIES, *near], "record_type string, ags string, name string")
    frame.selectExpr("*", EDITION).createOrReplaceTempView("more_municipalities")
    spark.createDataFrame([("Marke",)], "seat_place string").createOrReplaceTempView("grants_near")
    models = Models([*views, "grants_near"], place_mentions=[{**MENTIONS[0], "model": "grants_near"}])
    text = models.sql("mart_place_review").replace("stg_gvisys__municipality", "more_municipalities")
    (row,) = spark.sql(text).collect()
    assert row["suggestions"] == "Marka (05562103), Markb (05562102), Markc (05562101)"


def test_a_grant_without_a_place_stays_and_none_is_doubled(spark: SparkSession, views: list[str]) -> None:
    grants = [("Marl", 1), ("Haltern", 2), (None, 3), ("Marl", 4), ("Mars", 5)]
    spark.createDataFrame(grants, "seat_place string, source_record_number long").selectExpr(
        "'d1' AS source_delivery_id", "*", "2010 AS approval_year", "'x' AS beneficiary", "1.0 AS amount_eur"
    ).createOrReplaceTempView("stg_esf_nrw__grant")
    models = Models([*views, "stg_esf_nrw__grant"])
    text = models.sql("int_funding__match_seat")
    assert "osm" not in text and "charging" not in text, "a mart is built from what it is made of, and nothing else"
    rows = sorted(spark.sql(text).collect(), key=lambda row: row["source_record_number"])
    assert [(row["seat_ags"], row["match_kind"]) for row in rows] == [
        ("05562024", "exact"), ("05562016", "official_alias"), (None, "no_place"), ("05562024", "exact"),
        (None, "none"),
    ]  # fmt: skip


def test_every_declared_mention_has_its_model_and_its_columns() -> None:
    mentions = yaml.safe_load((DBT / "dbt_project.yml").read_text("utf-8"))["vars"]["place_mentions"]
    assert mentions
    for mention in mentions:
        (path,) = DBT.glob(f"models/staging/**/{mention['model']}.sql")
        assert f"silver('{mention['feed']}')" in path.read_text("utf-8")
        declared = yaml.safe_load(next(path.parent.glob("_*.yml")).read_text("utf-8"))["models"]
        (columns,) = ([c["name"] for c in model["columns"]] for model in declared if model["name"] == path.stem)
        assert {mention["place"], mention.get("postcode", mention["place"])} <= set(columns)
        assert mention["level"] in ("municipality", "kreis") and len(mention["land_ags"]) == 2
