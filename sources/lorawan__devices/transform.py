"""One spelling of the number of a device, as in the register; quantities have no place to derive cells of."""

from spark_jobs.transforms.devices import prepare

__all__ = ["prepare"]
