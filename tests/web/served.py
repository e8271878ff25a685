"""A page served in a thread, over a desk under test."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from socket import socket

import httpx
from starlette.applications import Starlette

from rig.devices.base import DeviceStatus
from rig.web.access import Access
from rig.web.desk import Desk
from rig.web.page_clock import PageClock
from rig.web.serve import listen, server
from rig.web.server import application
from tests.web.slow_line import slow_line


class NoDevices:
    """A lab without devices."""

    def statuses(self) -> tuple[DeviceStatus, ...]:
        return ()


@dataclass(frozen=True)
class Served:
    """Where the page is, what lets in, and the clocks of the pages that look on."""

    origin: str
    access: Access
    desk: Desk
    clients: ExitStack
    clocks: Mapping[str, PageClock]

    def outside(self) -> httpx.Client:
        """A client that nobody let in, with the page's own origin."""
        return self.clients.enter_context(httpx.Client(base_url=self.origin, headers={"origin": self.origin}))

    def let_in(self) -> httpx.Client:
        """A client with the token's cookie."""
        client = self.outside()
        assert client.get("/", params={"token": self.access.token or ""}).status_code == 303
        return client


@contextmanager
def served(desk: Desk, password: str | None = None, delays_s: tuple[float, float] | None = None) -> Iterator[Served]:
    """Serve on a free port of loopback until the block is left, behind a slow line if there are `delays_s`."""
    bound = listen("127.0.0.1", 0)
    port = bound.getsockname()[1]
    line = nullcontext(port) if delays_s is None else slow_line(port, *delays_s)
    with line as shown:
        origin = f"http://127.0.0.1:{shown}"
        app = application(desk, NoDevices(), access := Access([origin], password))
        with _serving(app, bound), ExitStack() as clients:
            yield Served(origin, access, desk, clients, app.state.room.clocks)


@contextmanager
def _serving(app: Starlette, bound: socket) -> Iterator[None]:
    running = server(app)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not running.started:
        threading.Event().wait(0.01)
    try:
        yield
    finally:
        running.should_exit = True
        thread.join(10)
        bound.close()
