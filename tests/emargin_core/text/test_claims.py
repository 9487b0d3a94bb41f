"""Every sentence that claims something stands in docs/claims.md, under the condition it needs."""

import re
from pathlib import Path

from babel.messages.pofile import read_po

from emargin_core.text.language import LOCALE

ROOT = Path(__file__).resolve().parents[3]
CLAIM = re.compile(
    r"\b(better|worse|tidier|less tidy|prettier|equal|equally|beats?|ahead|more accurate"
    r"|less accurate|most accurate|adopt|clear|clearly|chance|keep the baseline|saves?|reached"
    r"|confirmed)\b",
    re.IGNORECASE,
)
ROOMS = (
    "emargin_core/analysis",
    "emargin_core/report",
    "app/components/comparison",
    "app/components/sweeps",
    "app/views/compare",
    "app/views/decide",
    "app/views/sensitivity",
    "app/views/trust",
)
"""Where two methods, or settings, are judged."""


def said():
    """The sentences of these rooms in which a claim's words occur; of plurals, the plural."""
    with (LOCALE / "ja" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    texts = {
        message.id if isinstance(message.id, str) else message.id[1]
        for message in messages
        if any(place.startswith(ROOMS) for place, _ in message.locations)
    }
    return {text.replace("\n", "⏎") for text in texts if CLAIM.search(text)}


def listed():
    """The sentences of docs/claims.md by their condition."""
    condition, found = None, {}
    for line in (ROOT / "docs" / "claims.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            condition = line[3:]
        elif line.startswith("- "):
            found[line[2:]] = condition
    return found


def test_every_claim_is_listed_under_its_condition_and_nothing_else_is():
    found = listed()
    assert None not in found.values()
    assert said() - set(found) == set(), "add these to docs/claims.md, under what they need"
    assert set(found) - said() == set(), "these are said no more: take them out"


def test_a_claim_without_a_condition_would_be_found():
    assert CLAIM.search("It is clearly better.")
    assert len(said()) > 90
