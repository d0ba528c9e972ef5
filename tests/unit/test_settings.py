"""Settings: a missing one is named, none has a secret default, none shows its secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lakehouse.errors import LakehouseError
from lakehouse.settings import CHECKOUT, PREFIX, Settings, keys_file, state_dir

ROLES = ("landing", "spark", "publisher", "analyst", "bridge")
REQUIRED = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
SECRETS = {name for name in REQUIRED if name.endswith("PASSWORD") or name == "SPARK_REMOTE"}


@pytest.fixture
def stack_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A complete `stack.env`, and an environment without any setting."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SMARTVEST_STATE_DIR", str(tmp_path))
    path = tmp_path / "stack.env"
    path.write_text("".join(f"{PREFIX}{name}=value-of-{name.lower()}\n" for name in sorted(REQUIRED)), "utf-8")
    (tmp_path / "keys").mkdir()
    for role in ROLES:
        keys = f"{PREFIX}{role.upper()}_ACCESS_KEY={role}\n{PREFIX}{role.upper()}_SECRET_KEY=secret-of-{role}\n"
        keys_file(tmp_path, role).write_text(keys, "utf-8")
    Settings.load.cache_clear()
    yield path
    Settings.load.cache_clear()


def drop(path: Path, name: str) -> None:
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(f"{PREFIX}{name}=")), "utf-8")


def test_the_file_is_enough(stack_env: Path) -> None:
    loaded = Settings.load()
    assert loaded.s3_endpoint == "value-of-s3_endpoint"
    assert (loaded.release_retention_days, loaded.sources_dir) == (400, CHECKOUT / "sources")
    assert loaded.dcat_shapes_dir is loaded.alert_url is None


def test_keys_are_read_for_the_role_that_is_asked_for_and_not_kept(stack_env: Path) -> None:
    loaded = Settings.load()
    for role in ROLES:
        assert loaded.keys(role) == (role, f"secret-of-{role}")
        keys_file(stack_env.parent, role).unlink()
        assert f"secret-of-{role}" not in repr(vars(loaded))
        variable = f"{PREFIX}{role.upper()}"
        with pytest.raises(LakehouseError, match=f"{variable}_ACCESS_KEY: .*; {variable}_SECRET_KEY: Field required"):
            loaded.keys(role)


def test_keys_in_the_environment_win(stack_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_SPARK_ACCESS_KEY", "other")
    monkeypatch.setenv("SMARTVEST_SPARK_SECRET_KEY", "")
    assert Settings.load().keys("spark") == ("other", "secret-of-spark"), "an empty variable is no setting"


def test_settings_keep_the_stack_that_they_were_read_of(stack_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Settings.load()
    monkeypatch.setenv("SMARTVEST_STATE_DIR", str(stack_env.parent / "another"))
    assert loaded.keys("spark") == ("spark", "secret-of-spark")


@pytest.mark.parametrize("name", sorted(REQUIRED))
def test_a_missing_variable_is_named(name: str, stack_env: Path) -> None:
    drop(stack_env, name)
    with pytest.raises(LakehouseError, match=f"{PREFIX}{name}: Field required") as error:
        Settings.load()
    assert "value-of" not in str(error.value), "no other setting is shown"


def test_without_file_all_are_named(stack_env: Path) -> None:
    stack_env.unlink()
    with pytest.raises(LakehouseError) as error:
        Settings.load()
    assert all(f"{PREFIX}{name}:" in str(error.value) for name in REQUIRED)


def test_the_environment_wins_over_the_file(stack_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_S3_REGION", "eu-elsewhere")
    monkeypatch.setenv("SMARTVEST_AIRFLOW_URL", "")
    loaded = Settings.load()
    assert loaded.s3_region == "eu-elsewhere"
    assert loaded.airflow_url == "value-of-airflow_url", "an empty variable is no setting"


def test_a_malformed_variable_is_named(stack_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTVEST_RELEASE_RETENTION_DAYS", "a year")
    with pytest.raises(LakehouseError, match="SMARTVEST_RELEASE_RETENTION_DAYS: .*integer"):
        Settings.load()


def test_no_secret_is_shown(stack_env: Path) -> None:
    loaded = Settings.load()
    shown = f"{loaded!r} {loaded} {loaded.model_dump()} {loaded.model_dump_json()}"
    assert len(SECRETS) == 2
    assert [name for name in SECRETS if f"value-of-{name.lower()}" in shown] == []
    assert "value-of-s3_endpoint" in shown


def test_nothing_secret_has_a_default() -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)}
    assert secret == SECRETS


def test_unknown_variables_of_the_stack_do_not_matter(stack_env: Path) -> None:
    stack_env.write_text(stack_env.read_text("utf-8") + "SMARTVEST_PORT_MINIO=1\n", "utf-8")
    Settings.load()


def test_settings_are_read_once(stack_env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Settings.load()
    monkeypatch.setenv("SMARTVEST_S3_REGION", "later")
    assert Settings.load() is first


def test_the_state_stands_in_the_checkout_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SMARTVEST_STATE_DIR", str(tmp_path))
    assert state_dir() == tmp_path.resolve()
    monkeypatch.delenv("SMARTVEST_STATE_DIR")
    assert state_dir() == CHECKOUT / ".state"
