"""Commands of the local stack."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from lakehouse import command

# The other modules are imported by the command that needs them, so that `tools`, which every make target runs,
# takes a fraction of a second.

app = typer.Typer(help="The local stack of the lakehouse.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.command()
def tools() -> None:
    """Build MinIO and the MQTT broker and retrieve the jars, if they are not there yet."""
    from infra.local import tools as local_tools

    local_tools.ensure_jars()
    local_tools.ensure_minio()
    local_tools.ensure_broker()
    local_tools.forget_builds()


@app.command()
def up() -> None:
    """Start the stack and wait until everything answers."""
    from infra.local import broker_files, config, stack
    from lakehouse.settings import keys_file

    started = time.monotonic()

    def say(line: str) -> None:
        typer.echo(f"{time.monotonic() - started:4.0f} s  {line}")

    running = stack.up(say)
    certificate = broker_files.certificate(running.state)
    typer.echo(f"The stack is up ({time.monotonic() - started:.0f} s).")
    typer.echo(f"  Airflow       {running.airflow_url}  (user admin, password: AIRFLOW_PASSWORD in the file below)")
    typer.echo(f"  Upload page   {running.portal_url}  (users and passwords: {config.passwords_file(running.state)})")
    typer.echo(f"  Object store  {running.s3_endpoint}")
    typer.echo(f"  MQTT          mqtts://localhost:{running.ports['broker']}  (certificate: {certificate})")
    typer.echo(f"  PostgreSQL    {running.postgres_url}  (password: {keys_file(running.state, 'postgres_analyst')})")
    typer.echo(f"  Spark         sc://localhost:{running.ports['spark']}")
    typer.echo(f"  Feeds         http://127.0.0.1:{running.ports['feeds']}  (files of {running.feeds_dir})")
    typer.echo(f"  Settings      {running.state / 'stack.env'}")


@app.command()
def demo(
    feeds: Annotated[Path | None, typer.Option(help="Folder with real files instead of the samples.")] = None,
) -> None:
    """Run the feeds that a release waits for once through the whole line."""
    from infra.local import demo as run_of_demo

    if not run_of_demo.run(feeds):
        raise typer.Exit(1)


@app.command()
def stop() -> None:
    """Stop the stack; its data stays."""
    from infra.local import stack

    typer.echo("The stack is stopped." if stack.stop() else "The stack was not running.")


@app.command()
def restart(name: Annotated[str, typer.Argument(help="program as `status` names it")]) -> None:
    """Restart one program and wait until it answers."""
    from infra.local import stack

    stack.restart(name, typer.echo)


@app.command()
def status() -> None:
    """Show every program with its state, process id, uptime and address."""
    from infra.local import stack

    for line in stack.status():
        pid = line.pid or "-"
        typer.echo(f"{line.name:<14}{line.state:<10}{pid!s:>8}  {line.uptime!s:>9}  {line.address}")


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(help="program as `status` names it; all if left out")] = None,
    lines: Annotated[int, typer.Option(min=1, help="how many of the last lines")] = 20,
) -> None:
    """Show the last log lines of one program or of all."""
    from infra.local import stack

    for program, last in stack.logs(name, lines).items():
        typer.echo(f"== {program}")
        for line in last:
            typer.echo(line)


@app.command()
def clean() -> None:
    """Stop the stack and delete its state folder with all data."""
    from infra.local import stack

    stack.clean(typer.echo)


def main() -> None:
    """Run a command; see `lakehouse.command` for how it ends."""
    sys.exit(command.run(app))
