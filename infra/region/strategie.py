"""Workbook Strategie of the made-up region: measures and milestones as they go forward from half-year to half-year."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from infra.region.facts import CITIES, DECIDED_ON, DECISION, Row, as_of, begins, half_year, lot, neighbours, size
from infra.region.strategie_measures import KREIS_MEASURES, MEASURES, Measure
from lakehouse.administrations import KREIS

_HALF_YEAR = dt.timedelta(days=182)
# what is at risk is said so long before it is due
_WARNED = dt.timedelta(days=30)
_STOPPED_SHARE, _LATE_SHARE, _SILENT_SHARE = 0.08, 0.35, 0.25
_REASONS = (
    "Die Ausschreibung musste wiederholt werden.",
    "Die Stelle für die Umsetzung ist noch nicht besetzt.",
    "Die Lieferung der Technik verzögert sich um mehrere Wochen.",
    "Die Schnittstelle zum Fachverfahren steht noch nicht bereit.",
)
_STOPPED = "Die Maßnahme wurde eingestellt, weil die Förderung nicht bewilligt wurde."


@dataclass(frozen=True)
class _Step:
    """A milestone as it will have gone: `warned_on` is when its administration says that it comes later, if ever."""

    number: int
    title: str
    first_due_on: dt.date
    last_due_on: dt.date
    warned_on: dt.date | None
    reached_on: dt.date

    def due_on(self, today: dt.date) -> dt.date:
        return self.last_due_on if self.warned_on and self.warned_on <= today else self.first_due_on


@dataclass(frozen=True)
class _Course:
    """A measure of one administration as it will have gone."""

    ags: str
    number: int
    measure: Measure
    idea_on: dt.date
    planned_on: dt.date
    begins_on: dt.date
    stopped_on: dt.date | None
    steps: list[_Step]

    def state(self, today: dt.date) -> tuple[str, dt.date]:
        """Status on a day, and since when it holds."""
        if self.stopped_on and self.stopped_on <= today:
            return "stopped", self.stopped_on
        if self.steps[-1].reached_on <= today:
            return "completed", self.steps[-1].reached_on
        if self.begins_on <= today:
            return "running", self.begins_on
        return ("planned", self.planned_on) if self.planned_on <= today else ("idea", self.idea_on)


def rows(random: random.Random, ags: str, period: str) -> dict[str, list[Row]]:
    """Measures of one administration at the end of a half-year, and the milestones of all that are more than an idea.

    Nothing is drawn anew: what a half-year says follows from the course of each measure.
    """
    today = as_of(period)
    courses = [course for course in _courses(ags) if course.idea_on <= today]
    return {
        "vest__measure": [_measure(course, today) for course in courses],
        "vest__milestone": [
            _milestone(course, step, today)
            for course in courses
            if course.state(today)[0] != "idea"
            for step in course.steps
        ],
    }


def _courses(ags: str) -> list[_Course]:
    drawn = lot("strategy", ags)
    chosen = drawn.sample(MEASURES, round(6 + 4 * size(ags)))
    if ags == KREIS:
        chosen = [*KREIS_MEASURES, *chosen[:6]]
    # three begin at once, the others one after another; at the end something is still no more than an idea
    more = len(chosen) - 3
    starts = [1, 1, 2, *(3 + round(8 * position / (more - 1)) for position in range(more))]
    return [_course(ags, n, m, start) for n, (m, start) in enumerate(zip(chosen, starts, strict=True), 1)]


def _course(ags: str, number: int, measure: Measure, start: int) -> _Course:
    drawn = lot("measure", ags, number)
    begins_on = begins(half_year(start)) + dt.timedelta(days=drawn.randint(0, 60))
    month = dt.timedelta(days=30)
    stopped = measure not in KREIS_MEASURES and drawn.random() < _STOPPED_SHARE
    return _Course(
        ags,
        number,
        measure,
        idea_on=max(DECIDED_ON, begins(half_year(start - 2)) + month),
        planned_on=max(DECIDED_ON, begins(half_year(start - 1)) + month),
        begins_on=begins_on,
        stopped_on=begins_on + measure.half_years * _HALF_YEAR / 2 if stopped else None,
        steps=_steps(drawn, measure, begins_on),
    )


def _steps(drawn: random.Random, measure: Measure, begins_on: dt.date) -> list[_Step]:
    steps: list[_Step] = []
    reached_on = begins_on
    for number, title in enumerate(measure.milestones, 1):
        due_on = begins_on + measure.half_years * _HALF_YEAR * number / len(measure.milestones)
        late, silent = drawn.random() < _LATE_SHARE, drawn.random() < _SILENT_SHARE
        last_due_on = due_on + dt.timedelta(days=drawn.randint(40, 150) if late else 0)
        reached_on = max(last_due_on - dt.timedelta(days=drawn.randint(0, 20)), reached_on + dt.timedelta(days=5))
        warned_on = due_on - _WARNED if late and not silent else None
        steps.append(_Step(number, title, due_on, last_due_on, warned_on, reached_on))
    return steps


def _measure(course: _Course, today: dt.date) -> Row:
    measure, (status, since) = course.measure, course.state(today)
    last = course.steps[-1]
    ends_on = {"idea": None, "completed": last.reached_on, "stopped": course.stopped_on}.get(status, last.due_on(today))
    return {
        "measure": f"M-{course.number}",
        "title": measure.title,
        "action_field": measure.action_field,
        "goal": measure.goal,
        "responsible_body": measure.body,
        "participating_ags": _others(course) if measure.joint else None,
        "begins_on": course.begins_on,
        "ends_on": ends_on,
        "status": status,
        "status_since": since,
        "funding_basis": "open" if status == "idea" else measure.funding_basis,
        "funding_source": None if status == "idea" else _source(course),
        "funding_source_on": None if status == "idea" else course.planned_on,
        "climate_note": measure.climate_note,
        "climate_reason": measure.climate_reason,
    }


def _others(course: _Course) -> list[str]:
    return list(CITIES) if course.ags == KREIS else [KREIS, *neighbours(course.ags)]


def _source(course: _Course) -> str:
    """The paper with which it was decided; what the Kreis begins with was decided with the pact itself."""
    if course.ags == KREIS and course.planned_on == DECIDED_ON:
        return DECISION
    return f"Vorlage {course.planned_on.year}/{lot('paper', course.ags, course.number).randint(1, 240):03}"


def _milestone(course: _Course, step: _Step, today: dt.date) -> Row:
    status, since = _step_state(course, step, today)
    reason = _STOPPED if status == "dropped" else lot("risk", course.ags, course.number, step.number).choice(_REASONS)
    return {
        "measure": f"M-{course.number}",
        "milestone": step.number,
        "title": step.title,
        "first_due_on": step.first_due_on,
        "due_on": step.due_on(today),
        "status": status,
        "status_since": since,
        "reached_on": since if status == "reached" else None,
        "status_reason": reason if status in ("at_risk", "dropped") else None,
    }


def _step_state(course: _Course, step: _Step, today: dt.date) -> tuple[str, dt.date]:
    end = course.stopped_on or dt.date.max
    if step.reached_on <= min(today, end):
        return "reached", step.reached_on
    if end <= today:
        return "dropped", end
    if step.warned_on and step.warned_on <= today:
        return "at_risk", step.warned_on
    started_on = course.begins_on if step.number == 1 else course.steps[step.number - 2].reached_on
    return ("running", started_on) if started_on <= today else ("planned", course.planned_on)
