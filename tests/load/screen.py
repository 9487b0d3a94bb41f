"""What a visitor without a browser has been sent: words, charts and buttons, by their place."""

from dataclasses import dataclass, field

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.Button_pb2 import Button
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider

Place = tuple[int, ...]


@dataclass(frozen=True)
class _Shown:
    """An element, the script run that sent it, and the fragment that it belongs to."""

    element: Element
    run: str
    fragment: str


@dataclass
class Screen:
    """The page as it stands: elements of the last run, those of earlier runs dropped as a browser
    drops them.

    n_runs: whole script runs that came to their end; not_found: whether a page was asked
    for that there is none of; received: bytes of all messages.
    """

    n_runs: int = 0
    not_found: bool = False
    received: int = 0
    _shown: dict[Place, _Shown] = field(default_factory=dict)

    def words(self) -> str:
        """All that stands in text, headings, alerts and progress bars, in the order of the page."""
        return "\n".join(filter(None, map(_words, self.elements())))

    def elements(self) -> list[Element]:
        """All elements, in the order of the page."""
        return [shown.element for _, shown in sorted(self._shown.items())]

    def errors(self) -> list[str]:
        """What error boxes and uncaught exceptions say."""
        boxes = [e.alert for e in self._of("alert")]
        return [box.body for box in boxes if box.format == Alert.ERROR] + [
            f"{e.exception.type}: {e.exception.message}" for e in self._of("exception")
        ]

    def charts(self) -> list[str]:
        """Each chart, map and strip, as the browser gets it to draw."""
        charts = [e.plotly_chart.spec for e in self._of("plotly_chart")]
        charts += [e.html.body for e in self._of("html") if "<img " in e.html.body]
        return charts + [e.bidi_component.json for e in self._of("bidi_component")]

    def button(self, label: str) -> Button | None:
        """The button with this label, if there is one that can be pressed."""
        found = (e.button for e in self._of("button"))
        return next((b for b in found if b.label == label and not b.disabled), None)

    def slider(self, label: str) -> Slider | None:
        """The slider with this label."""
        return next((e.slider for e in self._of("slider") if e.slider.label == label), None)

    def put(self, message: ForwardMsg, run: str) -> None:
        """Take one element or block in."""
        place, delta = tuple(message.metadata.delta_path), message.delta
        if delta.WhichOneof("type") == "add_block":
            self._shown.pop(place, None)
        elif delta.WhichOneof("type") == "new_element":
            self._shown[place] = _Shown(delta.new_element, run, delta.fragment_id)

    def end_run(self, run: str, fragments: set[str]) -> None:
        """Drop what the run that has ended did not send again; a fragment's run, only its own."""
        stale = [
            place
            for place, shown in self._shown.items()
            if shown.run != run and (not fragments or shown.fragment in fragments)
        ]
        for place in stale:
            del self._shown[place]
        self.n_runs += not fragments

    def _of(self, kind: str) -> list[Element]:
        return [e for e in self.elements() if e.WhichOneof("type") == kind]


def _words(element: Element) -> str:
    kind = element.WhichOneof("type")
    found = getattr(element, kind) if kind else None
    if kind in ("markdown", "heading", "alert", "text"):
        return str(found.body)
    if kind == "progress":
        return element.progress.text
    return ""
