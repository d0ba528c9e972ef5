"""How rows on services, competences, checks and strategy break each of their rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from infra.region.facts import Row

LONG_AGO = dt.date(2015, 1, 1)
DAY_OF_2022 = dt.date(2022, 1, 2)
# table: the column to be mended, which row is taken, what is changed in it
SPOILT: dict[str, list[tuple[str, Callable[[Row], object], Row]]] = {
    "vest__ozg_self_report": [
        ("as_of_date", lambda r: r["as_of_date"] > dt.date(2022, 12, 1), {"as_of_date": DAY_OF_2022}),
        ("online", lambda r: r["online"], {"responsible": False}),
        ("portal", lambda r: r["online"], {"portal": None}),
        ("online_url", lambda r: not r["online"], {"online_url": "https://serviceportal.example/hund"}),
        ("maturity_model", lambda r: r["maturity"] is not None, {"maturity_model": None}),
        ("maturity_model", lambda r: r["maturity"] is not None, {"maturity": None}),
        ("maturity", lambda r: r["maturity_model"] == "1.1", {"maturity": 5}),
        ("maturity_model", lambda r: r["maturity_model"] == "1.1", {"maturity_model": "2.0"}),
        ("maturity", lambda r: r["online"] and r["maturity_model"] == "1.1", {"maturity": 1}),
        ("software_product", lambda r: r["software_shared_with"], {"software_product": None}),
    ],
    "vest__training": [
        ("participants", lambda r: True, {"places": 0}),
        ("partner_ags", lambda r: r["partner_ags"], {"partner_ags": None}),
        ("partner_ags", lambda r: r["partner_ags"], {"inter_municipal": False}),
        ("begins_on", lambda r: r["begins_on"] > dt.date(2023, 1, 1), {"begins_on": DAY_OF_2022}),
    ],
    "vest__competence": [
        ("respondents", lambda r: r["invited"], {"invited": 5}),
        ("assessed_on", lambda r: r["assessed_on"] > dt.date(2023, 1, 1), {"assessed_on": DAY_OF_2022}),
    ],
    "vest__egov_check": [
        ("checked_on", lambda r: r["checked_on"] > dt.date(2022, 7, 1), {"checked_on": DAY_OF_2022}),
        ("deviation_reason", lambda r: r["deviation_reason"] == "financial", {"deviation_reason": None}),
        ("legal_provision", lambda r: r["deviation_reason"] == "legal", {"legal_provision": None}),
        ("deviation_reason", lambda r: r["result"] == "digital", {"deviation_reason": "technical"}),
        ("legal_provision", lambda r: r["result"] == "digital", {"legal_provision": "§ 126 BGB"}),
        ("review_on", lambda r: r["review_on"], {"review_on": DAY_OF_2022}),
    ],
    "vest__measure": [
        ("ends_on", lambda r: r["ends_on"], {"ends_on": LONG_AGO}),
        ("climate_reason", lambda r: r["climate_note"] == "none", {"climate_note": "negative"}),
        ("funding_source", lambda r: r["status"] == "running", {"funding_source": None, "funding_source_on": None}),
        ("funding_source_on", lambda r: r["funding_source"], {"funding_source_on": None}),
        ("ends_on", lambda r: r["status"] == "completed", {"ends_on": None}),
    ],
    "vest__milestone": [
        ("reached_on", lambda r: r["status"] == "reached", {"reached_on": None}),
        ("reached_on", lambda r: r["status"] == "planned", {"reached_on": LONG_AGO}),
        ("status_reason", lambda r: r["status"] == "at_risk", {"status_reason": None}),
    ],
}  # fmt: skip
