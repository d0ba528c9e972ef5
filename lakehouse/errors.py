"""The errors that stop a feed or a release; each says what happened in one sentence."""

from __future__ import annotations


class LakehouseError(Exception):
    """Base of every error that the lakehouse raises on purpose."""


class SpecError(LakehouseError):
    """A `source.yml` is wrong; the message names file, field and reason."""


class FetchError(LakehouseError):
    """An address could not be fetched; trying again later may help."""


class LeaseHeld(LakehouseError):
    """Another run is loading the same feed; trying again later helps."""


class DeliveryRejected(LakehouseError):
    """A delivery broke a file rule or a gate; the same bytes will break it again."""

    def __init__(self, feed: str, where: str, reason: str) -> None:
        """Makes the sentence.

        Args:
            feed: feed id.
            where: file name, or file and record.
            reason: one sentence in plain words.
        """
        super().__init__(f"{feed}: {where}: {reason}")
        self.feed = feed
        self.where = where
        self.reason = reason


class GateFailed(LakehouseError):
    """A suite with severity `fail` did not hold."""

    def __init__(self, suite: str, failures: list[str]) -> None:
        """Makes the sentence.

        Args:
            suite: name of the suite.
            failures: one sentence for each expectation that failed.
        """
        super().__init__(f"gate {suite} failed: " + "; ".join(failures))
        self.suite = suite
        self.failures = failures
