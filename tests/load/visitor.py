"""One visitor of the served page: Streamlit's own protocol over a websocket, without a browser.

A visitor opens an address, moves sliders, presses buttons, and runs fragments again when the page
asks for it, as a browser does. It draws nothing: `Screen` keeps what it was sent.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.load.screen import Screen

MAX_MESSAGE = 64 * 2**20
WAIT_S = 60.0

log = logging.getLogger(__name__)


class Visitor:
    """A session of its own on the server; use it with `async with`.

    address: such as http://127.0.0.1:8501; page: its name there, empty for the first one.
    query: the settings in the address, such as threshold=0.4&scale=5.
    """

    def __init__(self, address: str, query: str = "", page: str = "") -> None:
        self._address = address
        self._state = ClientState(query_string=query, page_name=page)
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._polls: dict[str, asyncio.Task[None]] = {}
        self._run = ""
        self._fragments: set[str] = set()
        self._news = asyncio.Condition()
        self.screen = Screen()

    async def __aenter__(self) -> "Visitor":
        self._socket = await connect(
            f"ws://{urlsplit(self._address).netloc}/_stcore/stream",
            origin=self._address,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=MAX_MESSAGE,
            open_timeout=WAIT_S,
            ping_interval=None,  # the server asks whether we are there; a browser never does
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._socket is not None
        for task in (*self._polls.values(), self._reader):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._socket.close()

    async def open(self, timeout: float = WAIT_S) -> float:
        """Ask for the page and wait until it was drawn to its end; returns the seconds it took."""
        return await self._rerun(self._state, timeout)

    async def press(self, label: str, timeout: float = WAIT_S) -> float:
        """Press a button and wait until the page was drawn anew; returns the seconds it took.

        Raises:
            LookupError: there is no such button, or it cannot be pressed.
        """
        button = self.screen.button(label)
        if button is None:
            raise LookupError(f"no button '{label}' can be pressed; {self._page_says()}")
        return await self._rerun(
            self._with_widget(WidgetState(id=button.id, trigger_value=True)), timeout
        )

    async def slide(self, label: str, value: float, timeout: float = WAIT_S) -> float:
        """Set a slider and wait until the page was drawn anew; returns the seconds it took.

        Raises:
            LookupError: there is no such slider.
        """
        slider = self.screen.slider(label)
        if slider is None:
            raise LookupError(f"there is no slider '{label}'; {self._page_says()}")
        state = WidgetState(id=slider.id)
        state.double_array_value.data.append(value)
        return await self._rerun(self._with_widget(state), timeout)

    async def wait_until(self, holds: Callable[[Screen], object], timeout: float = WAIT_S) -> float:
        """Wait until something holds of the screen at the end of a run; returns the seconds.

        Raises:
            TimeoutError: it did not in time, or the server ended the connection; says what the
                page holds instead.
        """
        began = time.perf_counter()
        try:
            async with asyncio.timeout(timeout), self._news:
                await self._news.wait_for(lambda: holds(self.screen) or self._is_cut_off())
        except TimeoutError:
            raise TimeoutError(f"{timeout:g} s went by; {self._page_says()}") from None
        if not holds(self.screen):
            raise TimeoutError(f"the server ended the connection; {self._page_says()}")
        return time.perf_counter() - began

    async def _rerun(self, state: ClientState, timeout: float) -> float:
        runs = self.screen.n_runs
        began = time.perf_counter()
        await self._send(state)
        await self.wait_until(lambda screen: screen.n_runs > runs, timeout)
        return time.perf_counter() - began

    def _with_widget(self, widget: WidgetState) -> ClientState:
        state = ClientState()
        state.CopyFrom(self._state)
        state.widget_states.widgets.append(widget)
        return state

    async def _send(self, state: ClientState) -> None:
        assert self._socket is not None
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for content in self._socket:
                assert isinstance(content, bytes)
                self.screen.received += len(content)
                if self._take(ForwardMsg.FromString(content)):
                    await self._tell()
        except ConnectionClosed as error:
            log.info("the server ended the connection: %s", error)
        finally:
            self._reader = None
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _take(self, message: ForwardMsg) -> bool:
        """Take a message in; True if a run has come to its end."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self._state.page_script_hash = message.navigation.page_script_hash
        elif kind == "page_not_found":
            self.screen.not_found = True
        elif kind == "delta":
            self.screen.put(message, self._run)
        elif kind == "auto_rerun":
            self._poll(message.auto_rerun.fragment_id, message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            self._stop_polling(list(message.stop_auto_rerun.fragment_ids))
        ended = kind == "script_finished" and (
            message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        )
        if ended:
            self.screen.end_run(self._run, self._fragments)
        return ended

    def _begin(self, message: ForwardMsg) -> None:
        self._run = message.metadata.run.script_run_id
        self._fragments = set(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._stop_polling(list(self._polls))

    def _poll(self, fragment: str, interval: float) -> None:
        async def again() -> None:
            while True:
                await asyncio.sleep(interval)
                state = ClientState(fragment_id=fragment, is_auto_rerun=True)
                state.MergeFrom(self._state)
                await self._send(state)

        self._stop_polling([fragment])
        self._polls[fragment] = asyncio.create_task(again())

    def _stop_polling(self, fragments: list[str]) -> None:
        for fragment in fragments:
            task = self._polls.pop(fragment, None)
            if task is not None:
                task.cancel()

    def _is_cut_off(self) -> bool:
        return self._reader is None

    def _page_says(self) -> str:
        return f"the page says:\n{self.screen.words()[:1_000]}"
