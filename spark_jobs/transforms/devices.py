"""What the register of LoRaWAN devices needs beyond YAML: one spelling of the number of a device, and its cells."""

from __future__ import annotations

from spark_jobs.transforms.device_numbers import prepare
from spark_jobs.transforms.grid import derive

__all__ = ["derive", "prepare"]
