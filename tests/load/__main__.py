"""`python -m tests.load`: a program that plays visitors; `benchmarks.load` starts it.

Standard input: one JSON object, {"scenario", "address", "queries", ...}, the rest being what the
function of that name in `scenarios` takes. Standard output: what it returns, as JSON.
"""

import asyncio
import json
import sys
from dataclasses import asdict, is_dataclass
from typing import Any

from tests.load import scenarios

SCENARIOS = {
    function.__name__: function
    for function in (
        scenarios.ask_together,
        scenarios.browse,
        scenarios.stay,
        scenarios.come_and_go,
        scenarios.watch_together,
    )
}


def main() -> None:
    """Play the scenario that standard input names."""
    wanted: dict[str, Any] = json.load(sys.stdin)
    play = SCENARIOS[wanted.pop("scenario")]
    found = asyncio.run(play(**wanted))
    json.dump([asdict(one) if is_dataclass(one) else one for one in found], sys.stdout)


main()
