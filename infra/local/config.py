"""Settings of one stack: chosen once, kept in its state folder, rendered into the files the programs read.

A value in the environment wins over what the state folder has, and that over the default. So `status`, `stop` and a
second `up` find the same stack without being told again.
"""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from infra.local import broker_files, tools
from infra.local.errors import StackError
from infra.local.paths import CHECKOUT, INFRA, state_dir, write_private
from infra.spark.render import spark_defaults
from lakehouse.administrations import ADMINISTRATIONS
from lakehouse.settings import keys_file

ROLES = ("landing", "spark", "publisher", "analyst", "bridge")
"""Principals of the object store; each has a policy of its name in ``infra/minio/policies``."""

PRINCIPALS = (*ROLES, *ADMINISTRATIONS)
"""These and the administrations, each of which is named by its AGS."""

# MinIO's own.
S3_REGION = "us-east-1"

AIRFLOW_DATABASE = "airflow"
"""Airflow's own database in PostgreSQL and the role that owns it, as in Compose."""

POSTGRES_USERS = ("admin", "loader", "analyst")
"""Who gets a password for PostgreSQL: its administrator, and the users of ``serving/roles.yml``."""

_PORTS = {
    "minio": 9000,
    "spark": 15002,
    "airflow": 8080,
    "feeds": 8088,
    "portal": 8090,
    "broker": 8883,
    "bridge": 9108,
    # not PostgreSQL's own, which a machine may have given away already
    "postgres": 5433,
}

# As FEEDS_URL: no mirror, also not that of the stack.
PUBLISHERS = "publishers"

# Settings of the lakehouse that a user may give to `up`; empty means: decided by the stack or by the lakehouse.
_SETTINGS = {
    "SOURCES_DIR": str(CHECKOUT / "sources"),
    "FEEDS_URL": "",
    "FEEDS_OFF": "",
    "BASE_IRI": "",
    "RELEASE_RETENTION_DAYS": "400",
    "DCAT_SHAPES_DIR": "",
    "ALERT_URL": "",
    "CONTACT": "",
    "MQTT_TOPICS": "",
    "SERVED_RELEASES": "",
}


@dataclass(frozen=True)
class Stack:
    """Everything that distinguishes one stack from another.

    Attributes:
        state: folder of all files the stack writes.
        ports: program to its port on 127.0.0.1.
        settings: values for `SMARTVEST_<name>` as the user gave them.
        spark_master: where Spark runs its work, such as `local[*]` or `spark://host:port`.
        secrets: generated once; see `_new_secrets` for the names.
    """

    state: Path
    ports: dict[str, int]
    settings: dict[str, str]
    spark_master: str
    secrets: dict[str, str] = field(repr=False)

    @property
    def s3_endpoint(self) -> str:
        """Address of the object store."""
        return f"http://127.0.0.1:{self.ports['minio']}"

    @property
    def airflow_url(self) -> str:
        """Address of Airflow's API server and user interface."""
        return f"http://127.0.0.1:{self.ports['airflow']}"

    @property
    def portal_url(self) -> str:
        """Address of the upload page."""
        return f"http://127.0.0.1:{self.ports['portal']}"

    @property
    def airflow_database_url(self) -> str:
        """Address of Airflow's own database, with its user and password, as SQLAlchemy reads it."""
        login = f"{AIRFLOW_DATABASE}:{self.secrets['airflow_db_password']}"
        return f"postgresql+psycopg://{login}@127.0.0.1:{self.ports['postgres']}/{AIRFLOW_DATABASE}"

    @property
    def postgres_url(self) -> str:
        """Address of the served releases, for the reader that every stack has."""
        return f"postgresql://analyst@127.0.0.1:{self.ports['postgres']}/smartvest"

    @property
    def feeds_dir(self) -> Path:
        """Folder whose files the feeds server delivers."""
        return self.state / "feeds"

    @property
    def logs_dir(self) -> Path:
        """Folder of the programs' logs."""
        return self.state / "logs"

    def principals(self) -> dict[str, tuple[str, str]]:
        """Access and secret key of each role and administration."""
        return {name: (name, self.secrets[f"{name}_secret_key"]) for name in PRINCIPALS}

    def accounts(self) -> list[dict[str, str]]:
        """One account of the upload page for each administration: user, password, AGS and function."""
        return [
            {"user": account_of(ags), "password": self.secrets[f"{ags}_password"], "ags": ags, "function": "CDO"}
            for ags in ADMINISTRATIONS
        ]

    def environment(self) -> dict[str, str]:
        """The SMARTVEST_* variables for everything that works with this stack (see DESIGN.md, Settings).

        The keys of the object store are not among them: every task of Airflow would inherit those of all roles.
        """
        feeds_url = self.settings["FEEDS_URL"]
        values = {
            **self.settings,
            "STATE_DIR": str(self.state),
            "S3_ENDPOINT": self.s3_endpoint,
            "S3_REGION": S3_REGION,
            # By name: with a token the client insists on TLS for any host but this one.
            "SPARK_REMOTE": f"sc://localhost:{self.ports['spark']}/;token={self.secrets['spark_token']}",
            "FEEDS_URL": "" if feeds_url == PUBLISHERS else feeds_url or f"http://127.0.0.1:{self.ports['feeds']}",
            "BASE_IRI": self.settings["BASE_IRI"] or f"{self.s3_endpoint}/public",
            "MQTT_HOST": "localhost",
            "MQTT_PORT": str(self.ports["broker"]),
            "MQTT_USER": "bridge",
            "MQTT_CA_FILE": str(broker_files.certificate(self.state)),
            "BRIDGE_METRICS_PORT": str(self.ports["bridge"]),
            "PORTAL_PORT": str(self.ports["portal"]),
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": str(self.ports["postgres"]),
            "POSTGRES_TLS": "false",
            "AIRFLOW_URL": self.airflow_url,
            "AIRFLOW_USER": "admin",
            "AIRFLOW_PASSWORD": self.secrets["airflow_password"],
        }
        return _variables(values)


def load() -> Stack:
    """Read the settings of the stack in `SMARTVEST_STATE_DIR`, with those of the environment over them.

    Raises:
        StackError: a port is not a number between 1 and 65535.
    """
    state = state_dir()
    kept = json.loads(_file(state).read_text(encoding="utf-8")) if exists(state) else {}
    return Stack(
        state=state,
        ports={name: _port(name, kept.get("ports", {}).get(name, default)) for name, default in _PORTS.items()},
        settings={
            name: os.environ.get(f"SMARTVEST_{name}") or kept.get("settings", {}).get(name, default)
            for name, default in _SETTINGS.items()
        },
        spark_master=os.environ.get("SMARTVEST_SPARK_MASTER") or kept.get("spark_master", "local[*]"),
        secrets={**_new_secrets(), **kept.get("secrets", {})},
    )


def exists(state: Path) -> bool:
    """Whether the folder is the state of a stack."""
    return _file(state).exists()


def write(stack: Stack) -> None:
    """Write the settings and every file that is rendered from them. The same settings give the same files."""
    stack.state.mkdir(parents=True, exist_ok=True)
    # Programs write files of their own there; nobody else gets past this folder.
    stack.state.chmod(0o700)
    for folder in ("airflow", "broker", "feeds", "keys", "logs", "minio", "portal", "spark/conf"):
        (stack.state / folder).mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in asdict(stack).items() if name != "state"}
    write_private(_file(stack.state), json.dumps(kept, indent=2) + "\n")
    _write_variables(stack.state / "stack.env", stack.environment())
    for role, (access_key, secret_key) in stack.principals().items():
        prefix = role.upper()
        keys = {f"{prefix}_ACCESS_KEY": access_key, f"{prefix}_SECRET_KEY": secret_key}
        if role == "bridge":
            keys["MQTT_PASSWORD"] = stack.secrets["mqtt_bridge_password"]
        _write_variables(keys_file(stack.state, role), _variables(keys))
    for user in POSTGRES_USERS:
        password = {f"POSTGRES_{user.upper()}_PASSWORD": stack.secrets[f"postgres_{user}_password"]}
        _write_variables(keys_file(stack.state, f"postgres_{user}"), _variables(password))
    broker_files.ensure_certificate(stack.state)
    write_private(stack.state / "spark/conf/spark-defaults.conf", _spark_defaults(stack))
    log4j = (INFRA / "spark" / "log4j2.properties").read_text(encoding="utf-8")
    write_private(stack.state / "spark/conf/log4j2.properties", log4j)
    known = {account["user"]: account["password"] for account in stack.accounts()}
    write_private(passwords_file(stack.state), json.dumps(known, indent=1) + "\n")
    passwords = json.dumps({"admin": stack.secrets["airflow_password"]})
    write_private(stack.state / "airflow" / "passwords.json", passwords)


def passwords_file(state: Path) -> Path:
    """Where the passwords of the upload page's accounts are, by user."""
    return state / "portal" / "passwords.json"


def account_of(ags: str) -> str:
    """The user of an administration's account, such as `oer-erkenschwick`."""
    return ADMINISTRATIONS[ags].lower().replace(" ", "-")


def _variables(values: dict[str, str]) -> dict[str, str]:
    return {f"SMARTVEST_{name}": value for name, value in sorted(values.items()) if value}


def _write_variables(path: Path, variables: dict[str, str]) -> None:
    write_private(path, "".join(f"{name}={value}\n" for name, value in variables.items()))


def _file(state: Path) -> Path:
    return state / "stack.json"


def _port(name: str, kept: int) -> int:
    variable = f"SMARTVEST_PORT_{name.upper()}"
    given = os.environ.get(variable) or str(kept)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise StackError(f"{variable} is {given!r}, but a port is a number between 1 and 65535.")
    return int(given)


def _new_secrets() -> dict[str, str]:
    airflow = (f"airflow_{name}" for name in ("password", "api_secret", "db_password"))
    names = ("minio_root_password", "spark_token", *airflow, *(f"{name}_secret_key" for name in PRINCIPALS))
    new = {name: secrets.token_urlsafe(24) for name in names}
    # SHA-512, with which tasks' tokens are signed, asks for 64 bytes.
    new["airflow_jwt_secret"] = secrets.token_urlsafe(48)
    # The broker takes what begins with a digit or a minus for a number, and the supervisor takes quotes away.
    new |= {f"mqtt_{user}_password": f"p{secrets.token_urlsafe(24)}" for user in ("bridge", "network")}
    new |= {f"{ags}_password": secrets.token_urlsafe(12) for ags in ADMINISTRATIONS}
    new |= {f"postgres_{user}_password": secrets.token_urlsafe(24) for user in POSTGRES_USERS}
    # The form that Fernet asks for.
    new["airflow_fernet_key"] = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return new


def _spark_defaults(stack: Stack) -> str:
    access_key, secret_key = stack.principals()["spark"]
    return spark_defaults(
        {
            "spark_master": stack.spark_master,
            "driver_host": "127.0.0.1",
            "driver_bind_address": "127.0.0.1",
            "connect_port": stack.ports["spark"],
            "work_dir": stack.state / "spark",
            "jars": tools.jars_folder(),
            "release_retention_days": stack.settings["RELEASE_RETENTION_DAYS"],
            "metastore_url": f"jdbc:derby:;databaseName={stack.state / 'spark' / 'metastore'};create=true",
            "metastore_driver": "org.apache.derby.iapi.jdbc.AutoloadedDriver",
            # Derby inside the server's own process asks nobody for a password.
            "metastore_user": "smartvest",
            "metastore_password": "unused",
            "s3_endpoint": stack.s3_endpoint,
            "s3_region": S3_REGION,
            "spark_access_key": access_key,
            "spark_secret_key": secret_key,
        }
    )
