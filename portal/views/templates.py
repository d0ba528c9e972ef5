"""The workbooks to fill, with administration and period filled in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lakehouse.workbook import template
from portal import declared, uploads
from portal.members import Member
from portal.views.access import readable


@readable
@require_safe
def workbook(request: HttpRequest, member: Member, ags: str, feed: str, period: str) -> HttpResponse:
    """The template of a delivery as a workbook."""
    return _written(template.write, ".xlsx", ags, feed, period)


@readable
@require_safe
def csv(request: HttpRequest, member: Member, ags: str, feed: str, period: str) -> HttpResponse:
    """The same as CSV files in a zip."""
    return _written(template.write_csv, ".zip", ags, feed, period)


def _written(write: Callable[..., Any], suffix: str, ags: str, feed: str, period: str) -> HttpResponse:
    delivery = declared.of_period(feed, period)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"template{suffix}"
        write(path, delivery.tables, ags, period)
        content = path.read_bytes()
    name = f"{feed}_{ags}_{period}{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=uploads.TYPES[suffix], headers=headers)
