"""Commands for those who ask: SQL on one release, and the connection from another machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lakehouse.cli.base import app, console

if TYPE_CHECKING:
    from lakehouse.settings import StoreSettings


# a query may begin with a comment, which looks like an option
@app.command(context_settings={"ignore_unknown_options": True})
def sql(
    query: Annotated[str | None, typer.Argument(help="One statement; without it a shell opens.")] = None,
    release: Annotated[int | None, typer.Option(help="Number of the release; the current one if not given.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Instead: the newest release made until the end of a day, such as 2026-03-31.")
    ] = None,
    from_: Annotated[
        int | None,
        typer.Option(
            "--from", help="An older release: before.<mart> is its mart, changes.<mart> what differs and why."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write the answer to this .csv, .parquet, .arrow or .xlsx file.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="End the query after so many seconds.", min=0.1)] = 600,
) -> None:
    """Asks SQL of the marts of one release; every mart is a view, and nothing can be written.

    Beside them stand dictionary, releases, quality (what was checked) and changes (since the release before).
    """
    from lakehouse.lake import answers, asking, compare
    from lakehouse.settings import AnalystSettings

    settings = AnalystSettings.load()
    if query is None:
        raise typer.Exit(_shell(settings, release, as_of, from_))
    if from_ is None:
        opened = asking.open_release(release, as_of, settings, query)
    else:
        compared = compare.open_comparison(settings, from_, release, named=query)
        opened = asking.Release(compared.connection, compared.chain[-1])
    with opened.answering(timeout):
        answer = opened.sql(query)
        if output is None:
            answer.show(max_width=200, max_rows=200)
        else:
            answers.save(answer, output)
            console.print(f"Release {opened.manifest.release}: the answer is in {output}.", markup=False)


@app.command()
def connect(
    endpoint: Annotated[str, typer.Argument(help="Address of the object store, such as https://s3.example.org.")],
    secret_key: Annotated[
        str,
        typer.Option(
            help="Secret of your read-only key.", prompt=True, hide_input=True, envvar="SMARTVEST_ANALYST_SECRET_KEY"
        ),
    ],
    access_key: Annotated[str, typer.Option(help="Name of that key.")] = "analyst",
    region: Annotated[str, typer.Option(help="Region of the object store.")] = "us-east-1",
) -> None:
    """Remembers on this machine where releases are and with which key they are read, once that has worked."""
    import dotenv

    from lakehouse.lake import asking
    from lakehouse.settings import AnalystSettings, connection_file

    said = {
        "SMARTVEST_S3_ENDPOINT": endpoint,
        "SMARTVEST_S3_REGION": region,
        "SMARTVEST_ANALYST_ACCESS_KEY": access_key,
        "SMARTVEST_ANALYST_SECRET_KEY": secret_key,
    }
    path = connection_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        tried = Path(folder) / path.name
        tried.touch(0o600)
        for name, value in said.items():
            dotenv.set_key(tried, name, value)
        found = asking.open_release(settings=AnalystSettings.of(tried)).manifest
        tried.replace(path)
    console.print(f"{endpoint} answers; its current release is {found.release}. Remembered in {path}.", markup=False)


def _shell(settings: StoreSettings, number: int | None, as_of: str | None, older: int | None) -> int:
    """DuckDB's own shell on a catalogue opened to read: it completes names and keeps a history."""
    from lakehouse.lake import asking, beside, compare
    from lakehouse.lake import sql as lake

    with tempfile.TemporaryDirectory() as folder:
        catalogue, script = Path(folder) / "release.duckdb", Path(folder) / "connect.sql"
        with lake.connect(settings, "analyst", lake.RELEASED, catalogue) as connection:
            objects = lake.Objects(connection)
            found = asking.chosen(objects, number, as_of)
            told = f"Release {found.release}: {', '.join(sorted(found.marts))}. DESCRIBE <mart> shows its columns."
            if older is None:
                connection.execute(lake.views(found))
                beside.create(connection, found, beside.TABLES)
                told += f" Beside them: {', '.join(beside.TABLES)}."
            else:
                connection.execute(compare.views(compare.manifests(objects, older, found.release)))
                told += f" before.<mart> is that of release {older}, changes.<mart> what differs and why."
        script.touch(0o600)
        # without what its statements answer
        script.write_text(f".output {os.devnull}\n{lake.shell_script(settings)}\n.output\n", "utf-8")
        console.print(told, markup=False)
        duckdb = Path(sys.executable).with_name("duckdb")
        return subprocess.run([duckdb, "-readonly", catalogue, "-init", script], check=False).returncode
