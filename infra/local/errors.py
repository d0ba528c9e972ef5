"""The one exception of this package."""

from lakehouse.errors import LakehouseError


class StackError(LakehouseError):
    """Something the user can act on; its text is the whole message, in one or two sentences."""
