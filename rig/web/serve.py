"""Run the page's server in this process."""

import asyncio
import socket

import uvicorn
from starlette.applications import Starlette

STOPPING_S = 2
"""Browsers that look on are not waited for."""

KEEP_ALIVE_S = 600
"""Longer than any browser keeps a line it does not use (Chrome 300 s, Firefox 115 s): the browser closes first, and
no press meets a line that is just being closed."""


def listen(host: str, port: int) -> socket.socket:
    """A port that listens before its address is shown: who opens the page at once waits, and is not refused.

    Port 0 takes any free one.

    Raises
    ------
    OSError
        The port is taken or the host is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    bound.listen()
    return bound


class _Server(uvicorn.Server):
    """Lets the browsers that look on go first, or it would wait for them in vain."""

    def __init__(self, app: Starlette, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._audience = app.state.room.audience

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop."""
        self._audience.dismiss()
        await super().shutdown(sockets)


def server(app: Starlette, *, certificate: str | None = None, key: str | None = None) -> uvicorn.Server:
    """A server that keeps quiet; `certificate` and `key` are files for TLS."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOPPING_S,
        timeout_keep_alive=KEEP_ALIVE_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return _Server(app, config)


def serve(app: Starlette, bound: socket.socket, *, certificate: str | None = None, key: str | None = None) -> None:
    """Serve until interrupted."""
    asyncio.run(server(app, certificate=certificate, key=key).serve(sockets=[bound]))
