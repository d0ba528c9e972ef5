"""What a clerk does in a German LibreOffice Calc: opens workbooks, types into cells, saves them.

Run by the Python that has UNO. Reads `{"soffice", "profile", "jobs": [{"open", "save", "filter", "cells"}]}` from
standard input; a cell is `[sheet, address, text]`, and the text is taken as if it was typed.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

ATTEMPTS = 120
GERMAN = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>de-DE</value></prop></item></oor:items>
"""


def main() -> None:
    """Does the jobs in one LibreOffice with a profile of its own, and ends it."""
    asked = json.load(sys.stdin)
    profile = Path(asked["profile"])
    settings = profile / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(GERMAN, "utf-8")
    # the name of the folder is no one else's
    pipe = f"smartvest-{profile.parent.name}"
    program = subprocess.Popen(
        [asked["soffice"], "--headless", "--norestore", f"-env:UserInstallation={profile.as_uri()}"]
        + [f"--accept=pipe,name={pipe};urp;"]
    )
    try:
        desktop = _desktop(pipe)
        for job in asked["jobs"]:
            _do(desktop, job)
        desktop.terminate()
        program.wait(60)
    finally:
        program.kill()


def _desktop(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for attempt in range(ATTEMPTS):
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            if attempt + 1 == ATTEMPTS:
                raise
            time.sleep(0.5)
        else:
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
    raise AssertionError("it answers or raises")


def _do(desktop: Any, job: dict[str, Any]) -> None:
    hidden = PropertyValue(Name="Hidden", Value=True)
    document = desktop.loadComponentFromURL(Path(job["open"]).as_uri(), "_blank", 0, (hidden,))
    for sheet, address, text in job["cells"]:
        document.Sheets.getByName(sheet).getCellRangeByName(address).FormulaLocal = text
    document.storeToURL(Path(job["save"]).as_uri(), (PropertyValue(Name="FilterName", Value=job["filter"]),))
    document.close(True)


if __name__ == "__main__":
    main()
