"""Peer 2: a stock `spark-submit` for every step, each with a JVM of its own and Spark's defaults."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.local.paths import spark_home
from infra.local.tools import jars_folder
from lakehouse.settings import Settings
from tests.bench.measure import Stopwatch

STEPS = ("bronze", "silver", "gate", "commit")
_SCRIPT = Path(__file__).with_name("submitted.py")


def run(settings: Settings, work: Path, raw: str, folder: str) -> tuple[Stopwatch, tuple[int, str]]:
    """Takes a raw object into the Delta table `<folder>/silver`; returns its rows and the sum of their values."""
    properties = _properties(settings, work)
    watch = Stopwatch()
    for step in STEPS:
        with watch.part(step):
            done = subprocess.run(
                [spark_home() / "bin" / "spark-submit", "--properties-file", properties, _SCRIPT, step, raw, folder],
                cwd=work, env=_environment(), capture_output=True, text=True, timeout=900, check=False,
            )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"spark-submit {step} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    count, total = done.stdout.split()[-2:]
    return watch, (int(count), total)


def _properties(settings: Settings, work: Path) -> Path:
    """What S3A and Delta cannot do without; everything else stays as Spark has it. Holds keys."""
    key, secret = settings.keys("spark")
    values = {
        "spark.master": "local[*]",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.driver.extraClassPath": f"{jars_folder()}/*",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.hadoop.fs.s3a.endpoint": settings.s3_endpoint,
        "spark.hadoop.fs.s3a.endpoint.region": settings.s3_region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "spark.hadoop.fs.s3a.access.key": key,
        "spark.hadoop.fs.s3a.secret.key": secret,
    }
    path = work / "spark.properties"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in values.items()), "utf-8")
    return path


def _environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return {**inherited, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
