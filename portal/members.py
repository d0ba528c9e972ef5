"""Who is signed in: an administration and a function, never a person."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from lakehouse.administrations import ADMINISTRATIONS, FUNCTION, KREIS


@dataclass(frozen=True)
class Member:
    """Somebody who acts for an administration.

    Attributes:
        ags: the administration's key.
        function: such as `CDO`.
    """

    ags: str
    function: str

    @classmethod
    def of(cls, ags: object, function: object) -> Member | None:
        """The member that an account or claims name, or None if they name no administration or no function."""
        if not isinstance(ags, str) or not isinstance(function, str) or ags not in ADMINISTRATIONS:
            return None
        return cls(ags, function) if FUNCTION.fullmatch(function) else None

    @classmethod
    def signed_in(cls, request: HttpRequest) -> Member:
        """Who asks. Raises Http404 if the account names nobody."""
        ags, _, function = request.user.get_username().partition(":")
        member = cls.of(ags, function)
        if member is None:
            raise Http404
        return member

    @property
    def username(self) -> str:
        """All that Django keeps of an account."""
        return f"{self.ags}:{self.function}"

    @property
    def is_kreis(self) -> bool:
        """Whether all administrations may be read."""
        return self.ags == KREIS

    @property
    def administration(self) -> str:
        """Name of the administration."""
        return ADMINISTRATIONS[self.ags]

    def may_read(self, ags: str) -> bool:
        """Whether an administration's deliveries are this member's to see."""
        return ags in ADMINISTRATIONS and (ags == self.ags or self.is_kreis)


def context(request: HttpRequest) -> dict[str, object]:
    """What every template knows."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    ags, _, function = user.get_username().partition(":")
    return {"member": Member.of(ags, function)}
