"""A loopback HTTP server for what is fetched, whose connections break when told to."""

import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Served:
    """Files by path; `cut` says after how many bytes each answer, in turn, breaks off."""

    def __init__(self):
        self.files = {}
        self.cut = []
        self.ranges = True
        self.requests = []
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                served.answer(self)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, request):
        content = self.files.get(request.path.lstrip("/"))
        asked = request.headers.get("Range")
        self.requests.append((request.path.lstrip("/"), asked))
        if content is None:
            request.send_error(404)
            return
        begin = 0
        if asked and self.ranges:
            begin = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
        if begin and begin >= len(content):
            request.send_error(416)
            return
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(content) - begin))
        if begin:
            request.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        request.end_headers()
        left = self.cut.pop(0) if self.cut else len(content)
        with contextlib.suppress(ConnectionError):  # the client had enough
            request.wfile.write(content[begin : begin + left])

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server():
    served = Served()
    yield served
    served.close()
