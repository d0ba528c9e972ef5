"""The one exception of this package."""


class StackError(Exception):
    """Something the user can act on; its text is the whole message, in one or two sentences."""
