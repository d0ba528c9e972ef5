"""What `source.yml` declares of a delivery that administrations put down in the inbox."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from pydantic import Field

from lakehouse.errors import SpecError
from lakehouse.spec.model import StrictModel

_PERIODS = {"year": r"20[0-9]{2}", "half_year": r"20[0-9]{2}-H[12]"}
_ADDRESS = re.compile(r"inbox/(?P<ags>[0-9]{8})/[^/]+/(?P<period>[^/]+)/[^/]+")
# what every row of an upload says by where it was put
TOLD = ("ags", "period")


def is_upload(key: str) -> bool:
    """Whether a key of the bucket has the form of an upload."""
    return _ADDRESS.fullmatch(f"inbox/{key}") is not None


class Inbox(StrictModel):
    """A workbook that each administration fills once per period and puts into the bucket `inbox`.

    Its key is `<AGS>/<feed>/<period>/<name>`; AGS and period become the columns `ags` and `period`, are part of every
    key, and a delivery replaces what its administration said of the period. The period is a `year` (`2025`) or a
    `half_year` (`2025-H1`), from `since` on; a delivery is due `due_days` after its end.

    What people type is German: unless a column says otherwise its numbers are written `1.234,56`, its dates
    `d.M.yyyy`, and its booleans `ja` and `nein`.
    """

    connector: Literal["inbox"]
    period: Literal["year", "half_year"]
    since: int = Field(default=2022, ge=2000, le=2099)
    due_days: int = Field(gt=0)
    max_bytes: int = Field(default=10_000_000, gt=0)

    @property
    def path_pattern(self) -> str:
        """What the address of a delivery tells."""
        return _ADDRESS.pattern

    def path_values(self, address: str) -> dict[str, str]:
        """AGS and period in the address of a delivery, whether or not there is such a period.

        Raises:
            SpecError: it is not the address of a delivery.
        """
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise SpecError(f"{address} is not inbox/<AGS>/<feed>/<period>/<name>")
        return found.groupdict()

    def is_period(self, period: str) -> bool:
        """Whether a text names a period of this feed."""
        return re.fullmatch(_PERIODS[self.period], period) is not None and int(period[:4]) >= self.since

    def begins(self, period: str) -> dt.date:
        """First day of a period."""
        return dt.date(int(period[:4]), 7 if period.endswith("H2") else 1, 1)

    def ends(self, period: str) -> dt.date:
        """Last day of a period."""
        year = int(period[:4])
        return dt.date(year, 6, 30) if period.endswith("H1") else dt.date(year, 12, 31)

    def due(self, period: str) -> dt.date:
        """Last day on which a delivery for a period is in time."""
        return self.ends(period) + dt.timedelta(days=self.due_days)

    def periods(self, today: dt.date) -> list[str]:
        """Periods that have begun, the newest first."""
        halves = ["-H2", "-H1"] if self.period == "half_year" else [""]
        every = [f"{year}{half}" for year in range(today.year, self.since - 1, -1) for half in halves]
        return [period for period in every if self.begins(period) <= today]
