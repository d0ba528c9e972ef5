"""Which way the money went, and which rows are sums of others."""

from spark_jobs.transforms.payments import with_direction as derive

__all__ = ["derive"]
