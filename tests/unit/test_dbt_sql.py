"""What dbt does not check: no conversion or division in its SQL, every mart column labelled, no person in a mart."""

import re
from pathlib import Path

import jinja2
import pytest
import yaml

DBT = Path(__file__).parents[2] / "dbt"
MARTS = DBT / "models" / "marts"

# dbt-spark runs every statement without ANSI mode: what cannot be converted or divided silently becomes NULL.
CONVERSION = re.compile(
    r"""::|/|%
    | \b(?:try_)?cast\s*\(
    | \b(?:div|try_divide|mod|try_mod)\b
    | \b(?:try_)?to_(?:date|time|timestamp|timestamp_ltz|timestamp_ntz|number|char|binary)\s*\(
    | \b(?:bigint|binary|boolean|date|decimal|double|float|int|smallint|string|timestamp|tinyint)\s*\(
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Each cannot fail unseen: divisions whose zero is handled, the day of a timestamp, the year of a
# period, whose form is checked where it is landed, a number of people, and NULL as any type.
ALLOWED = {
    "macros/divide.sql": ["try_divide"] * 6,
    "macros/local_date.sql": ["to_date("],
    "macros/period.sql": ["cast(", "cast("],
    "macros/silver.sql": ["cast("],
    "macros/whole.sql": ["cast("],
}


def bare_sql(text: str) -> str:
    """The SQL without Jinja, comments and string literals."""
    for pattern in (r"\{#.*?#\}", r"\{%.*?%\}", r"\{\{.*?\}\}", r"--[^\n]*", r"/\*.*?\*/", r"'(?:[^'\\]|\\.)*'"):
        text = re.sub(pattern, " ", text, flags=re.DOTALL)
    return text


def conversions(text: str) -> list[str]:
    return [found.group() for found in CONVERSION.finditer(bare_sql(text))]


SQL = sorted([*DBT.glob("models/**/*.sql"), *DBT.glob("macros/*.sql")])
DECLARED = {
    model["name"]: model
    for path in sorted(DBT.glob("models/**/*.yml"))
    for model in yaml.safe_load(path.read_text()).get("models", [])
}
MART_SQL = sorted(MARTS.glob("**/*.sql"))
EXPOSURES = yaml.safe_load((DBT / "models" / "publications.yml").read_text())["exposures"]


def generic_tests():
    """The data tests in the yml, each as the arguments under its kind."""
    for model in DECLARED.values():
        for described in [model, *model["columns"]]:
            for test in described.get("data_tests", []):
                yield from [{}] if isinstance(test, str) else test.values()


def config_of(path):
    """What a test in a file of its own says in its `config`."""
    said = {}
    jinja2.Template(path.read_text()).render(config=said.update, ref=str, source=str, var=str)
    return said


SENTENCES = [
    *((test.get("name"), test.get("config", {}).get("meta", {}).get("sentence_de", "")) for test in generic_tests()),
    *((path.stem, config_of(path).get("meta", {}).get("sentence_de", "")) for path in sorted(DBT.glob("tests/*.sql"))),
]


def test_there_is_something_to_check():
    assert len(SQL) > 10 and len(MART_SQL) > 5 and EXPOSURES and len(SENTENCES) > 60


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.relative_to(DBT).as_posix())
def test_no_conversion_or_division(path):
    assert conversions(path.read_text()) == ALLOWED.get(path.relative_to(DBT).as_posix(), [])


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(amount as int) from t",
        "select TRY_CAST(amount as int) from t",
        "select amount::int from t",
        "select int(amount) from t",
        "select to_date(day) from t",
        "select a / b from t",
        "select a div b from t",
        "select a % b from t",
    ],
)
def test_a_conversion_or_division_is_found(sql):
    assert conversions(sql)


def test_jinja_comments_and_literals_are_no_division():
    assert not conversions("{# a / b #} select 'ug/m3' as unit -- per m3 / hour\nfrom {{ ref('a/b') }}")


def test_titles_of_funded_projects_stay_in_silver():
    """Names of persons stay in bronze, by `personal` in the declarations; this list alone mixes them into titles."""
    [staged] = [path for path in SQL if path.stem == "stg_esf_nrw__grant"]
    assert not re.search(r"\bproject\b", bare_sql(staged.read_text()))


@pytest.mark.parametrize("path", MART_SQL, ids=lambda path: path.stem)
def test_a_beneficiary_is_only_counted(path):
    sql = bare_sql(path.read_text())
    assert "beneficiary" not in re.sub(r"count\(distinct (?:\w+\.)?beneficiary\)", "", sql)


def test_marts_have_enforced_contracts():
    marts = yaml.safe_load((DBT / "dbt_project.yml").read_text())["models"]["smartvest"]["marts"]
    assert marts["+contract"] == {"enforced": True}
    assert not [name for name, model in DECLARED.items() if "contract" in model.get("config", {})]
    assert not [path.stem for path in MART_SQL if "contract" in path.read_text()]


@pytest.mark.parametrize("path", sorted(DBT.glob("models/**/*.sql")), ids=lambda path: path.stem)
def test_every_model_and_column_is_described(path):
    model = DECLARED[path.stem]
    assert model["description"].strip()
    assert model["columns"] and all(column["description"].strip() for column in model["columns"])


@pytest.mark.parametrize("path", MART_SQL, ids=lambda path: path.stem)
def test_marts_state_grain_labels_and_what_may_leave(path):
    assert re.match(r"(dim|fct|mart)_[a-z_]+$", path.stem)
    model = DECLARED[path.stem]
    assert model["description"].startswith("One "), "the first sentence is the grain"
    assert set(model["config"]["meta"]) == {"title_de", "owner", "freshness"}
    for column in model["columns"]:
        assert column["data_type"], column["name"]
        assert column["meta"]["label_de"], column["name"]
        assert set(column["meta"]) <= {"label_de", "unit", "publish"}, column["name"]
        assert "not_null" not in str(column.get("constraints", "")), "a not_null constraint fails on Delta"


@pytest.mark.parametrize("path", MART_SQL, ids=lambda path: path.stem)
def test_every_mart_says_its_key_and_what_holds_of_its_rows(path):
    model = DECLARED[path.stem]
    columns = {column["name"] for column in model["columns"]}
    [holds] = [t["holds"] for t in model["data_tests"] if t["holds"]["name"] == f"{path.stem}_holds"]
    assert set(holds["arguments"]["key"]) <= columns and holds["arguments"]["rules"]
    assert set(holds["config"]) == {"meta"}, "a broken rule is an error"


@pytest.mark.parametrize(("test", "sentence"), SENTENCES, ids=[str(test) for test, _ in SENTENCES])
def test_every_data_test_says_in_a_german_sentence_what_holds(test, sentence):
    assert re.fullmatch(r"[A-ZÄÖÜ][^_„“]{38,248}\.", sentence), "plain words, no names of tables or columns"
    assert not re.search(r"[.!?] ", sentence), "one sentence"
    assert [other for other, same in SENTENCES if same == sentence] == [test]
    assert not re.search(r"\b(?:the|and|of|is|NULL)\b", sentence)


@pytest.mark.parametrize("exposure", EXPOSURES, ids=lambda exposure: exposure["name"])
def test_publications_are_complete(exposure):
    [mart] = re.findall(r"ref\('(mart_\w+)'\)", " ".join(exposure["depends_on"]))
    published = {column["name"] for column in DECLARED[mart]["columns"] if column["meta"].get("publish")}
    meta = exposure["config"]["meta"]
    assert published
    assert meta["dataset"] == exposure["name"]
    assert meta["temporal"]["column"] in published
    for key in ("title_de", "title_en", "description_de", "keywords_de", "themes", "accrual_periodicity"):
        assert meta[key], key
    assert meta["licence"].startswith("http://dcat-ap.de/def/licenses/")
    assert all(iri.startswith("http://dcat-ap.de/def/politicalGeocoding/") for iri in meta["spatial"])
    assert meta["geocoding_level"] and isinstance(meta["hvd"], bool)
    assert not re.search(r"[*_`#]{2}|\]\(", meta["description_de"]), "plain text, no Markdown"


def test_only_published_marts_have_columns_that_may_leave():
    exposed = {name for exposure in EXPOSURES for name in re.findall(r"'(mart_\w+)'", " ".join(exposure["depends_on"]))}
    leaving = {name for name, model in DECLARED.items() for c in model["columns"] if c.get("meta", {}).get("publish")}
    assert leaving == exposed
