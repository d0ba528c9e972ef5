"""What `source.yml` declares of messages that the bridge lands."""

from __future__ import annotations

from typing import ClassVar, Literal

from lakehouse.spec.model import StrictModel


class Mqtt(StrictModel):
    """Messages that the bridge takes from an MQTT broker and lands, a batch every few seconds.

    Nobody is asked for them: a run loads what was landed since the last one, and no declared address is told apart.
    What the broker is and which topics are read are settings of the bridge, because they differ between installations.
    """

    connector: Literal["mqtt"]
    path_pattern: ClassVar[None] = None

    def path_values(self, address: str) -> dict[str, str]:  # noqa: ARG002 - as the other connectors have it
        """What the address of a delivery tells: nothing."""
        return {}
