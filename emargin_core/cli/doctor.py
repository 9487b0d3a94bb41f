"""`doctor`: is all there that it needs, and what would mend it?"""

import typer
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import console, write_json
from emargin_core.store import RunStore

NEEDS_FIXING = 1


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("doctor")(doctor)


def doctor(json: options.JsonTarget = None) -> int:
    """Check versions, store, disk, memory, data, gallery and workers; status 1: fix something."""
    from emargin_core.doctor import examine

    checks = examine(RunStore())
    healthy = all(check.ok for check in checks)
    if json is not None:
        rows = [vars(check) | {"ok": check.ok} for check in checks]
        write_json({"ok": healthy, "checks": rows}, json)
    else:
        table = Table("", "what", "found", "what to do")
        for check in checks:
            table.add_row("ok" if check.ok else "FIX", check.name, check.found, check.remedy)
        console.print(table, markup=False)
    return 0 if healthy else NEEDS_FIXING
