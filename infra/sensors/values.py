"""What a device measures: values that vary with the hour and never do what is called implausible, and planted faults.

Between any two readings without a fault lies less than the quantity's `max_step`, however long the time between them.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from types import MappingProxyType

from infra.sensors.models import Quantity

HOUR = 3_600_000_000
_DAY = 24 * HOUR
Value = float | bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A daily course: bounds of its mean, amplitude, spread of the noise, decimals."""

    low: float
    high: float
    amplitude: float
    noise: float
    digits: int


# by model and quantity
SHAPES = MappingProxyType(
    {
        ("vest-soil-1", "soil.moisture"): Shape(20, 32, 2, 0.5, 1),
        ("vest-soil-1", "soil.temperature"): Shape(6, 10, 1.5, 0.2, 2),
        ("vest-soil-1", "battery_voltage"): Shape(3.2, 3.6, 0.02, 0.01, 3),
        ("vest-climate-2", "temperature"): Shape(7, 11, 4, 0.6, 1),
        ("vest-climate-2", "humidity"): Shape(70, 78, 10, 1.6, 1),
        ("vest-air-4", "temperature"): Shape(20, 22, 1.5, 0.2, 1),
        ("vest-air-4", "humidity"): Shape(45, 52, 5, 1.2, 1),
        ("vest-air-4", "co2"): Shape(750, 950, 200, 30, 0),
        ("vest-level-1", "water_level"): Shape(80, 250, 15, 2, 1),
        ("vest-level-1", "battery_voltage"): Shape(3.2, 3.6, 0.02, 0.01, 3),
        ("vest-bin-2", "temperature"): Shape(7, 11, 4, 0.6, 1),
    }
)
# the noise forgets slowly, and stays within these multiples of its spread
_KEPT, _WIDEST = 0.9, 5
# chances per reading
_OUT_OF_RANGE, _JUMP, _FREEZES = 0.0015, 0.002, 0.001


class Series:
    """One quantity of one device. Each value is drawn once; the device then says whether it was heard."""

    def __init__(self, drawn: random.Random, model: str, quantity: Quantity) -> None:
        """Draws what is this device's own."""
        self.quantity = quantity
        self._drawn = drawn
        self._shape = SHAPES.get((model, quantity.quantity))
        self._mean = drawn.uniform(self._shape.low, self._shape.high) if self._shape else drawn.uniform(0, 80)
        self._noise = 0.0
        # the last value that was heard, unless a fault was in it
        self._before: Value | None = None
        self._frozen: Value | None = None
        self._frozen_until = 0
        self._frozen_since: int | None = None

    def measure(self, at: int, may_err: bool) -> tuple[Value, str | None]:
        """The value at a time, and the fault that is planted in it.

        Args:
            at: microseconds since the simulation began.
            may_err: whether a fault may begin here.
        """
        value = self._natural(at)
        if self._frozen is not None:
            if at < self._frozen_until:
                return self._frozen, "frozen"
            if value == self._frozen and self._shape:
                value = round(value + 10**-self._shape.digits, self._shape.digits)
            self._frozen = None
        if not may_err:
            return value, None
        chance, quantity = self._drawn.random(), self.quantity
        if chance < _OUT_OF_RANGE:
            return self._out_of_range(), "out_of_range"
        if chance < _OUT_OF_RANGE + _JUMP and (target := self._jump()) is not None:
            return target, "jump"
        if chance > 1 - _FREEZES and quantity.stuck_after_h and value != self._before:
            self._frozen, self._frozen_since = value, None
            self._frozen_until = at + round((quantity.stuck_after_h * self._drawn.uniform(1.2, 2) + 1) * HOUR)
            return value, "frozen"
        return value, None

    def heard(self, at: int, value: Value, fault: str | None) -> str | None:
        """Notes that a value reached the server. Returns its fault; a frozen value is `stuck` after some hours."""
        self._before = value if fault is None else None
        if fault != "frozen":
            return fault
        if self._frozen_since is None:
            self._frozen_since = at
        return "stuck" if at - self._frozen_since > (self.quantity.stuck_after_h or 0) * HOUR else fault

    def _natural(self, at: int) -> Value:
        shape, drawn = self._shape, self._drawn
        if shape is None:
            return self._of_a_counter()
        widest = _WIDEST * shape.noise
        self._noise = min(widest, max(-widest, _KEPT * self._noise + drawn.gauss(0, shape.noise)))
        course = math.sin(math.tau * (at % _DAY / _DAY))
        return round(self._mean + shape.amplitude * course + self._noise, shape.digits)

    def _of_a_counter(self) -> Value:
        """A space that cars take and leave, or a bin that fills up and is emptied."""
        if self.quantity.maximum == 1:
            self._noise = self._noise if self._drawn.random() < 0.75 else 1 - self._noise
            return bool(self._noise)
        self._mean = self._mean + 4 * self._drawn.random() if self._mean < 90 else 2.0
        return round(self._mean)

    def _out_of_range(self) -> float:
        """Above or below; what many devices say when the sensor does not answer is far below."""
        quantity, width = self.quantity, self.quantity.maximum - self.quantity.minimum
        beyond = self._drawn.choice((-999.0, quantity.maximum + width * self._drawn.uniform(0.1, 2)))
        return round(beyond, 1)

    def _jump(self) -> float | None:
        """A value within the range that is further than a step from the last one; None where there is none."""
        quantity, before = self.quantity, self._before
        if quantity.max_step is None or before is None:
            return None
        step = quantity.max_step * self._drawn.uniform(1.05, 1.25)
        targets = [round(before + step, 1), round(before - step, 1)]
        return next((one for one in targets if quantity.minimum <= one <= quantity.maximum), None)
