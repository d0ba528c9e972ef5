"""What a rule says besides itself."""

from __future__ import annotations


def said(owner: str, sentence_de: str, rule: str | None = None) -> dict[str, str]:
    """`meta` of an expectation: whom to ask, a sentence for people who read no code, and the rule where it is ours.

    Args:
        owner: who answers for the data, by function.
        sentence_de: the rule in German.
        rule: the rule in words that name its figures; the expectation's own type if not given.
    """
    meta = {"owner": owner, "sentence_de": sentence_de}
    return meta if rule is None else {**meta, "rule": rule}
