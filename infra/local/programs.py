"""The programs of the stack: how each is started, and how to see that it works."""

import hashlib
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import psycopg

from infra.local import broker_files, postgres_files, tools
from infra.local.config import Stack
from infra.local.paths import CHECKOUT, INFRA, spark_home

# Never through a proxy of the environment: everything is on loopback.
_http = httpx.Client(trust_env=False, timeout=2)

# What a session of PostgreSQL may have besides the memory that all share.
_POSTGRES_MEMORY_KB = 1_048_576


@dataclass(frozen=True)
class Program:
    """One supervised program.

    Attributes:
        name: its name for the supervisor, the log file and the user.
        command: program and arguments; holds no secret, as any user can list it.
        ready: whether the process started at the given time (seconds since 1970) answers and works.
        address: what to connect to; empty if nothing listens.
        environment: variables it gets on top of the supervisor's own.
        directory: where it runs.
        user: whom it runs as; empty: whoever starts it.
        stop_signal: what asks it alone to end, as it ends its children itself; empty: it is asked together with them.
    """

    name: str
    command: list[str]
    ready: Callable[[float], bool]
    address: str = ""
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    directory: Path = CHECKOUT
    user: str = ""
    stop_signal: str = ""


def all_programs(stack: Stack) -> list[Program]:
    """Every program of the stack, in the order of starting."""
    return [
        _minio(stack),
        _broker(stack),
        _postgres(stack),
        _spark(stack),
        _feeds(stack),
        _portal(stack),
        _bridge(stack),
        *airflow_programs(stack),
    ]


def airflow_programs(stack: Stack) -> list[Program]:
    """Airflow's four parts; they need their database in PostgreSQL, migrated."""
    environment = airflow_environment(stack)
    # Only the scheduler forks the tasks, so only it preloads their libraries (airflow_local_settings).
    preloading = {**environment, "PYTHONPATH": f"{INFRA / 'airflow'}{os.pathsep}{CHECKOUT}"}
    address = ["--host", "127.0.0.1", "--port", str(stack.ports["airflow"])]
    # The log servers are for workers on other machines; here the API server reads the files.
    return [
        _airflow(stack, "api-server", *address, part="metadatabase", address=stack.airflow_url),
        _airflow(stack, "scheduler", "--skip-serve-logs", part="scheduler", environment=preloading),
        _airflow(stack, "dag-processor", part="dag_processor"),
        _airflow(stack, "triggerer", "--skip-serve-logs", part="triggerer"),
    ]


def airflow_environment(stack: Stack) -> dict[str, str]:
    """Variables of every Airflow process: its own settings and those of the lakehouse for the tasks."""
    home = stack.state / "airflow"
    settings = INFRA / "airflow" / "airflow.cfg"
    return {
        **stack.environment(),
        "PYTHONPATH": str(CHECKOUT),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(settings),
        "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
        "AIRFLOW__CORE__FERNET_KEY": stack.secrets["airflow_fernet_key"],
        # Tasks report here; without it they would look at the default port.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{stack.airflow_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(stack.ports["airflow"]),
        "AIRFLOW__API__BASE_URL": stack.airflow_url,
        "AIRFLOW__API__SECRET_KEY": stack.secrets["airflow_api_secret"],
        "AIRFLOW__API_AUTH__JWT_SECRET": stack.secrets["airflow_jwt_secret"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": stack.airflow_database_url,
        # Airflow would take another driver for this one.
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": stack.airflow_database_url,
        # Changed settings restart the programs that read them.
        "SMARTVEST_CONFIG_DIGEST": _digest(settings),
    }


def _minio(stack: Stack) -> Program:
    data = stack.state / "minio"
    options = ["--quiet", "--certs-dir", str(data / "certs"), "--address", f"127.0.0.1:{stack.ports['minio']}"]
    return Program(
        name="minio",
        command=[str(tools.minio_binary()), "server", *options, str(data / "data")],
        ready=lambda _: _knows_keys(stack.s3_endpoint),
        address=stack.s3_endpoint,
        environment={
            "MINIO_ROOT_USER": "root",
            "MINIO_ROOT_PASSWORD": stack.secrets["minio_root_password"],
            # The web console would listen on a port of its own; the update check would call out.
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        },
        directory=data,
    )


def _broker(stack: Stack) -> Program:
    folder = stack.state / "broker"
    settings = INFRA / "broker" / "nats.conf"
    values = {
        # below its folder: a path may hold what the broker would not read as text
        "BROKER_DIR": "messages",
        "BROKER_HOST": "127.0.0.1",
        "BROKER_CERTIFICATE": broker_files.certificate(stack.state).name,
        "BROKER_KEY": broker_files.key(stack.state).name,
        "MQTT_PASSWORD": stack.secrets["mqtt_bridge_password"],
        "MQTT_NETWORK_PASSWORD": stack.secrets["mqtt_network_password"],
        "BROKER_PORT": str(stack.ports["broker"]),
        "CONFIG_DIGEST": _digest(settings),
    }
    return Program(
        name="broker",
        command=[str(tools.broker_binary()), "--config", str(settings)],
        ready=lambda _: _listens(stack.ports["broker"]),
        address=f"mqtts://localhost:{stack.ports['broker']}",
        environment={f"SMARTVEST_{name}": value for name, value in values.items()},
        directory=folder,
    )


def _postgres(stack: Stack) -> Program:
    place, port = postgres_files.folder(stack.state), stack.ports["postgres"]
    files = {name: place / f"{name}.conf" for name in ("postgresql", "pg_hba")}
    options = ["-D", str(postgres_files.data(stack.state)), "-p", str(port)]
    options += ["-c", f"config_file={files['postgresql']}", "-c", f"hba_file={files['pg_hba']}"]
    # A query that asks for more than its process may have fails alone, before the machine runs out of memory.
    limited = ["/bin/sh", "-c", f'ulimit -d {_POSTGRES_MEMORY_KB} && exec "$@"', "postgres"]
    return Program(
        name="postgres",
        command=[*limited, str(postgres_files.binary("postgres")), *options],
        ready=lambda _: _lets_in(stack),
        address=stack.postgres_url,
        environment={"SMARTVEST_CONFIG_DIGEST": _digest(*postgres_files.settings())},
        directory=place,
        user=postgres_files.run_as(),
        # Ends sessions and writes down what is in memory; TERM would wait for the last session.
        stop_signal="INT",
    )


def _spark(stack: Stack) -> Program:
    conf = stack.state / "spark" / "conf"
    server = "org.apache.spark.sql.connect.service.SparkConnectServer"
    return Program(
        name="spark",
        command=[str(spark_home() / "bin" / "spark-submit"), "--class", server, "spark-internal"],
        ready=lambda _: _listens(stack.ports["spark"]),
        address=f"sc://localhost:{stack.ports['spark']}",
        environment={
            "SPARK_HOME": str(spark_home()),
            "SPARK_CONF_DIR": str(conf),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(stack.state / "spark" / "local"),
            "SPARK_CONNECT_AUTHENTICATE_TOKEN": stack.secrets["spark_token"],
            "PYSPARK_PYTHON": sys.executable,
            "SMARTVEST_CONFIG_DIGEST": _digest(conf / "spark-defaults.conf", conf / "log4j2.properties"),
        },
        directory=stack.state / "spark",
    )


def _feeds(stack: Stack) -> Program:
    port = stack.ports["feeds"]
    return Program(
        name="feeds",
        command=[sys.executable, "-m", "infra.local.feed_server", str(stack.feeds_dir), str(port)],
        ready=lambda _: _listens(port),
        address=f"http://127.0.0.1:{port}",
    )


def _portal(stack: Stack) -> Program:
    return Program(
        name="portal",
        command=[sys.executable, "-m", "portal"],
        ready=lambda _: _answers(f"{stack.portal_url}/hilfe/"),
        address=stack.portal_url,
        # none of the secrets of the others
        environment=_chosen(stack, "SOURCES_DIR", "CONTACT", "PORTAL_PORT"),
    )


def _bridge(stack: Stack) -> Program:
    url = f"http://127.0.0.1:{stack.ports['bridge']}/metrics"
    needed = ("MQTT_HOST", "MQTT_PORT", "MQTT_USER", "MQTT_CA_FILE", "MQTT_TOPICS", "BRIDGE_METRICS_PORT")
    return Program(
        name="bridge",
        command=[sys.executable, "-m", "bridge"],
        ready=lambda _: _bridge_connected(url),
        address=url,
        environment=_chosen(stack, *needed),
    )


def _chosen(stack: Stack, *parts: str) -> dict[str, str]:
    """The variables of a program that works with the store, and those that are named."""
    given = stack.environment()
    wanted = [f"SMARTVEST_{part}" for part in ("STATE_DIR", "S3_ENDPOINT", "S3_REGION", *parts)]
    return {name: given[name] for name in wanted if name in given}


def _airflow(
    stack: Stack, command: str, *options: str, part: str, address: str = "", environment: dict[str, str] | None = None
) -> Program:
    return Program(
        name=command,
        command=[sys.executable, "-m", "airflow", command, *options],
        ready=lambda since: _airflow_part_healthy(stack, part, since),
        address=address,
        environment=environment or airflow_environment(stack),
    )


def _airflow_part_healthy(stack: Stack, part: str, since: float) -> bool:
    try:
        health = _http.get(f"{stack.airflow_url}/api/v2/monitor/health").raise_for_status().json()[part]
    except httpx.HTTPError:
        return False
    # A part that was just replaced is called healthy for as long as its predecessor's last heartbeat is young.
    heartbeat = health.get(f"latest_{part}_heartbeat")
    return health["status"] == "healthy" and (
        part == "metadatabase" or datetime.fromisoformat(heartbeat).timestamp() >= since
    )


def _answers(url: str) -> bool:
    try:
        return _http.get(url).is_success
    except httpx.HTTPError:
        return False


def _knows_keys(endpoint: str) -> bool:
    # MinIO calls itself ready before that, and a client that comes too early is told to wait a minute
    try:
        return _http.get(endpoint).status_code == httpx.codes.FORBIDDEN
    except httpx.HTTPError:
        return False


def _bridge_connected(url: str) -> bool:
    # what is published before the first subscription is nobody's
    try:
        return "smartvest_bridge_connected 1.0" in _http.get(url).text
    except httpx.HTTPError:
        return False


def _lets_in(stack: Stack) -> bool:
    try:
        psycopg.connect(postgres_files.admin_address(stack), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
