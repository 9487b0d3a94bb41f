"""The app as it is served: who is let in, what is said to strangers, what goes up."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.app.serving import ROOT, free_port, served
from tests.load.visitor import Visitor


def let_in(address, *, name="127.0.0.1", origin=None):
    """Whether a websocket is opened to this machine under a name, for a page of an origin."""
    port = urlsplit(address).port

    async def attempt():
        try:
            async with connect(
                f"ws://{name}:{port}/_stcore/stream",
                host="127.0.0.1",
                port=port,
                origin=origin,
                subprotocols=["streamlit"],
                open_timeout=20,
            ) as socket:
                await asyncio.wait_for(socket.recv(), 1)
        except TimeoutError:
            return True
        except (InvalidStatus, ConnectionClosed):
            return False
        return True

    return asyncio.run(attempt())


def status_of(request):
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_visitor_of_this_machine_is_let_in(server):
    port = urlsplit(server).port
    assert let_in(server, origin=server)
    assert let_in(server, name="localhost", origin=f"http://localhost:{port}")


def test_a_foreign_name_for_this_machine_is_not_let_in(server):
    port = urlsplit(server).port
    assert not let_in(server, name="evil.example", origin=f"http://evil.example:{port}")
    assert not let_in(server, name="evil.example")


def test_a_page_of_another_site_cannot_open_a_session(server):
    assert not let_in(server, origin="https://evil.example")
    assert not let_in(server, origin="null")


def test_only_this_machine_can_connect_to_the_page_and_to_the_workers(server):
    port = urlsplit(server).port
    [program] = {
        c.pid
        for c in psutil.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    }
    asyncio.run(see_first_page(server))
    deadline = time.monotonic() + 120
    while len(listening := listening_addresses(program)) < 3:  # page, scheduler, a worker
        assert time.monotonic() < deadline, "the workers are not up"
        time.sleep(0.2)
    assert set().union(*listening) == {"127.0.0.1"}


def listening_addresses(program):
    """Addresses that each process of the served app listens on, of those that do."""
    family = [psutil.Process(program), *psutil.Process(program).children(recursive=True)]
    found = []
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            connections = one.net_connections("tcp")
            found.append({c.laddr.ip for c in connections if c.status == psutil.CONN_LISTEN})
    return list(filter(None, found))


async def see_first_page(address):
    async with Visitor(address) as visitor:
        await visitor.open()
        assert visitor.screen.errors() == []


@pytest.mark.slow
def test_visitor_by_a_link_is_told_that_a_page_is_missing_only_if_it_is(tmp_path):
    async def follow(address, name):
        async with Visitor(address, page=name) as visitor:
            await visitor.open(120)
            return visitor.screen

    with served("app/main.py", free_port(), tmp_path) as address:  # the first visitor of all
        screens = [asyncio.run(follow(address, name)) for name in ("learn", "nothing")]
    assert [screen.errors() for screen in screens] == [[], []]
    assert [screen.not_found for screen in screens] == [False, True]


def test_an_upload_without_the_page_s_token_is_refused(server):
    request = urllib.request.Request(
        f"{server}/_stcore/upload_file/nobody/nothing", data=b"x", method="PUT"
    )
    assert status_of(request) in (400, 403)


def test_settings_that_keep_strangers_out_are_those_of_the_shipped_file():
    shown = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("STREAMLIT_")},
    )
    assert json.loads(shown.stdout) == {
        "server.address": "127.0.0.1",
        "server.allowedHosts": ["localhost", "127.0.0.1"],
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.maxUploadSize": 200,
        "server.enableStaticServing": False,
        "server.enableAgentApi": False,
        "client.showErrorDetails": "none",
        "browser.gatherUsageStats": False,
        "global.developmentMode": False,
    }


SHOW = """
import json
from streamlit import config
names = ["server.address", "server.allowedHosts", "server.enableCORS",
         "server.enableXsrfProtection", "server.maxUploadSize", "server.enableStaticServing",
         "server.enableAgentApi", "client.showErrorDetails", "browser.gatherUsageStats",
         "global.developmentMode"]
print(json.dumps({name: config.get_option(name) for name in names}))
"""


@pytest.fixture(scope="module")
def broken_page(tmp_path_factory):
    """A page with a bug, served with the app's settings."""
    script = tmp_path_factory.mktemp("broken") / "page.py"
    script.write_text("secret = 'of-the-house'\nraise RuntimeError(secret)\n")
    with served(script, free_port(), tmp_path_factory.mktemp("home")) as address:
        yield address


def test_a_bug_tells_a_visitor_nothing_of_the_program(broken_page):
    async def look():
        async with Visitor(broken_page) as visitor:
            await visitor.open()
            [found] = [e.exception for e in visitor.screen.elements() if e.HasField("exception")]
            return found

    found = asyncio.run(look())
    told = f"{found.type} {found.message} {list(found.stack_trace)}"
    assert "of-the-house" not in told
    assert str(Path(broken_page).name) not in told
    assert "page.py" not in told
    assert "encountered an error" in found.message
