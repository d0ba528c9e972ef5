"""Pages that deliver: put a file down, see what became of it, take it back."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from lakehouse import names
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.storage import NotFound
from lakehouse.workbook import answers
from portal import declared, history, stores, uploads
from portal.history import Entry
from portal.members import Member
from portal.views import errors
from portal.views.access import own, readable

XLSX = uploads.TYPES[".xlsx"]
FINDINGS_SHOWN = 200
# longer than any check should take: from then on nobody's browser asks by itself
_PATIENCE = dt.timedelta(minutes=10)


@own
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, member: Member, feed: str, period: str) -> HttpResponse:
    """The form for a file, and what was wrong about it."""
    delivery = declared.of_period(feed, period)
    values: dict[str, object] = {"ags": member.ags, "delivery": delivery, "period": period, "due": delivery.due(period)}
    if request.method != "POST":
        return render(request, "portal/upload.html", values)
    file = request.FILES.get("file")
    try:
        if not isinstance(file, UploadedFile):
            raise uploads.Refused("Bitte wählen Sie eine Datei aus.")
        name = uploads.put(member, delivery, period, file)
    except uploads.Refused as refused:
        values |= {"error": str(refused), "file_name": file.name if isinstance(file, UploadedFile) else ""}
        return render(request, "portal/upload.html", values, status=400)
    except uploads.TooMany:
        return errors.too_many(request)
    return redirect("answer", member.ags, feed, period, name)


@readable
@require_safe
def answer(request: HttpRequest, member: Member, ags: str, feed: str, period: str, name: str) -> HttpResponse:
    """What became of one upload; while that is open the page asks again by itself."""
    delivery = declared.of_period(feed, period)
    entries = history.of(stores.of(member), ags, feed, period)
    entry = _entry(entries, name, request.GET.get("lieferung", ""))
    waits = dt.datetime.now(dt.UTC) - entry.uploaded_at
    findings = answers.read(stores.of(member), _inbox_key(entry), entry.delivery).findings if entry.answer else []
    values = {
        "ags": ags,
        "administration": ADMINISTRATIONS[ags],
        "delivery": delivery,
        "period": period,
        "entry": entry,
        "counted": history.counted(entries),
        "own": ags == member.ags,
        "asks_again": entry.answer is None and waits < _PATIENCE,
        "titles": {table.id: table.title for table in delivery.tables},
        "findings": findings[:FINDINGS_SHOWN],
        "more_findings": max(0, len(findings) - FINDINGS_SHOWN),
        "marked": entry.answer is not None and stores.of(member).size(names.ANSWERS, _marked(entry)) is not None,
    }
    return render(request, "portal/answer.html", values)


@readable
@require_safe
def marked(request: HttpRequest, member: Member, ags: str, feed: str, period: str, name: str) -> HttpResponse:
    """The workbook of an upload, with what was found marked in it."""
    declared.of_period(feed, period)
    store = stores.of(member)
    entry = _entry(history.of(store, ags, feed, period), name, request.GET.get("lieferung", ""))
    if entry.answer is None:
        raise Http404
    try:
        workbook = store.get(names.ANSWERS, _marked(entry))
    except NotFound:
        raise Http404 from None
    file_name = f"{feed}_{ags}_{period}_Antwort.xlsx"
    return HttpResponse(
        workbook, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{file_name}"'}
    )


@own
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, member: Member, feed: str, period: str) -> HttpResponse:
    """Asks once more, and takes back what counts for a period."""
    delivery = declared.of_period(feed, period)
    counted = history.counted(history.of(stores.of(member), member.ags, feed, period))
    if counted is None:
        raise Http404
    if request.method != "POST":
        values = {"ags": member.ags, "delivery": delivery, "period": period, "counted": counted}
        return render(request, "portal/withdraw.html", values)
    try:
        name = uploads.withdraw(member, delivery, period)
    except uploads.TooMany:
        return errors.too_many(request)
    return redirect("answer", member.ags, feed, period, name)


def _entry(entries: list[Entry], name: str, delivery: str) -> Entry:
    """The newest upload of a name, or that of a delivery. Raises Http404 if there is none."""
    found = [entry for entry in entries if entry.name == name and delivery in ("", entry.delivery)]
    if not found:
        raise Http404
    return found[0]


def _inbox_key(entry: Entry) -> str:
    assert entry.answer is not None
    return names.inbox_prefix(entry.answer.ags, entry.answer.feed) + f"{entry.answer.period}/{entry.answer.upload}"


def _marked(entry: Entry) -> str:
    return names.answer_key(_inbox_key(entry), entry.delivery, "xlsx")
