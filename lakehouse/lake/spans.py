"""How many deliveries are named at once: the span `<first>..<last>` stands for all of a feed that lie in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TO = ".."


def span(ids: Sequence[str]) -> str:
    """The span of deliveries that stand in their order, also of one."""
    return f"{ids[0]}{TO}{ids[-1]}"


def joined(deliveries: Iterable[str]) -> list[str]:
    """Sorted ids and spans, with all spans joined into one: of one feed they follow each other."""
    every = sorted(set(deliveries))
    spans = [one.split(TO) for one in every if TO in one]
    if not spans:
        return every
    whole = f"{min(first for first, _ in spans)}{TO}{max(last for _, last in spans)}"
    return [*(one for one in every if TO not in one), whole]
