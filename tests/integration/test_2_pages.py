"""What a release leaves for people to read."""

from __future__ import annotations

from lakehouse import names
from lakehouse.lake.release import manifest
from tests.integration.region import current
from tests.support.stack import LocalStack


def test_each_suite_and_dbt_have_a_page_that_a_city_may_read(region: LocalStack) -> None:
    store = region.store("05562024")
    marts = manifest(region.store("spark"), current(region)).marts
    suites = [f"{kind}.{feed}" for feed in region.region for kind in ("delivery", "silver")]
    suites += [f"release.{mart}" for mart in marts]
    assert {names.DBT_PAGE, *map(names.suite_page, suites)} <= store.written(names.LAKE, names.PAGES).keys()
    page = store.get(names.LAKE, names.DBT_PAGE).decode()
    assert [mart for mart in marts if f'"{mart}"' not in page] == []
