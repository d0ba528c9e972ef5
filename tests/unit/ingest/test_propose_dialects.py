"""A proposal reads a table back as it was, whatever dialect it is written in."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.proposed import FORMS, declared, proposed, read


def figure(number: Decimal | int, decimal: str, thousands: str) -> str:
    return f"{number:,}".replace(",", "T").replace(".", decimal).replace("T", thousands)


ROWS = st.lists(
    st.tuples(
        st.integers(0, 9_999_999).map(lambda number: f"0{number:07}"),
        st.sampled_from(["Straße am Wall", "Köln; Süd", 'Haus "Größe" 4', "A, B | C", "Übergang\tOst"]),
        st.integers(-5_000_000, 5_000_000),
        st.decimals("-99999.99", "99999.99", places=2),
        st.dates(dt.date(1990, 1, 1), dt.date(2020, 1, 1)),
    ),
    min_size=4,
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(
    rows=ROWS,
    delimiter=st.sampled_from(";,\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
    signs=st.sampled_from([(",", "."), (",", ""), (".", ""), (".", ","), (",", " ")]),
    form=st.sampled_from([None, "dd.MM.yyyy", "yyyy/MM/dd", "yyyyMMdd"]),
    above=st.lists(st.sampled_from(["Stand 2020", "(c) Amt"]), max_size=3),
    missing=st.sampled_from(["", "-", "k. A."]),
    suffix=st.sampled_from(["", " €"]),
)
def test_a_table_in_any_dialect_is_read_back_as_it_was(
    rows: list[tuple[str, str, int, Decimal, dt.date]], delimiter: str, encoding: str, signs: tuple[str, str],
    form: str | None, above: list[str], missing: str, suffix: str,
) -> None:  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([line] for line in above)
    writer.writerow(["AGS", "Straße", "Anzahl", "Betrag", "Datum", "Wert"])
    for i, (code, name, count, amount, day) in enumerate(rows):
        # one value is always there, and shows its decimal sign
        optional = missing if i % 3 == 2 else figure(Decimal("12.5"), *signs)
        amount_ = figure(amount, *signs) + suffix
        writer.writerow([code, name, figure(count, *signs), amount_, day.strftime(FORMS[form]), optional])
    with tempfile.TemporaryDirectory() as folder:
        proposal = proposed(Path(folder), text.getvalue().encode(encoding))
        assert (proposal.records, proposal.unreadable) == (len(rows), 0)
        assert read(proposal, Path(folder) / "file.csv") == [
            (code, name, count, amount, day, None if i % 3 == 2 else Decimal("12.5"))
            for i, (code, name, count, amount, day) in enumerate(rows)
        ]
    assert proposal.source.format.encoding == encoding
    assert declared(proposal)["ags"].pattern == r"\d{8}"
