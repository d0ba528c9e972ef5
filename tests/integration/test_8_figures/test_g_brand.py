"""Communication about the SmartVest in the made-up region, counted again without the lakehouse."""

from __future__ import annotations

from collections import Counter

from tests.integration.test_8_figures.region import Figures

MEASURES = ("page_views", "contacts", "recipients", "copies", "clippings")


def test_reach_by_its_measure_and_what_stands_under_the_brand(all_marts: Figures) -> None:
    rows = all_marts.rows("vest__beteiligung", "vest__communication")
    reach: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["reach_measure"]:
            reach[row["ags"], row["reach_measure"]] += row["reach"]
    brand = Counter(row["ags"] for row in rows if row["brand_used"])
    told = Counter(row["ags"] for row in rows)
    found = all_marts.query(
        f"""
        select ags, count(*), count(*) filter (is_under_brand), {", ".join(f"sum({m})" for m in MEASURES)}
        from mart_communication group by ags
        """
    )
    assert {ags: (all_, of_them) for ags, all_, of_them, *_ in found} == {ags: (told[ags], brand[ags]) for ags in told}
    for ags, _, _, *sums in found:
        assert dict(zip(MEASURES, sums, strict=True)) == {m: reach.get((ags, m)) for m in MEASURES}
