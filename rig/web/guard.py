"""In front of every request: who is let in, from where, and with how much."""

from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rig.web.access import COOKIE, Access

LARGEST_BODY = 16_384
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with that a browser sends a form, and so the password, with `Origin: null`.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OPEN_PATHS = frozenset({"/", "/login", "/static/login.css", "/font.woff2"})
"""Where one is let in: they look at tokens and passwords themselves; and what that page looks like."""


class Guard:
    """Middleware that refuses what does not come from the page."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, _with_headers(send))
        else:
            status, reason = refusal
            await JSONResponse({"error": reason}, status)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        if not self._access.host_allowed(headers.get("host")):
            return 421, "this address is not the page's own"
        if scope["path"] not in OPEN_PATHS and not self._access.knows(cookie_of(headers)):
            return 401, "open the address that `rig run` printed"
        if scope["method"] == "POST":
            return self._post_refusal(scope["path"], headers)
        return None

    def _post_refusal(self, path: str, headers: Headers) -> tuple[int, str] | None:
        if not self._access.origin_allowed(headers.get("origin")):
            return 403, "presses are taken from the page itself only"
        kind = "application/x-www-form-urlencoded" if path == "/login" else "application/json"
        if headers.get("content-type", "").partition(";")[0] != kind:
            return 415, f"send {kind}"
        length = headers.get("content-length", "")
        if not length.isdigit():
            return 411, "say how long the content is"
        return (413, f"at most {LARGEST_BODY} bytes") if int(length) > LARGEST_BODY else None


def cookie_of(headers: Headers) -> str | None:
    """The page's cookie of a request."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except Exception:  # noqa: BLE001  # whatever a foreign cookie does to the parser, it lets nobody in
        return None
    return None if found is None else found.value


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
