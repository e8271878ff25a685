"""The operator's page on a local port: server-sent events out, presses in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from rig.battery import Action, ActionKind, RefusedError
from rig.devices.base import DeviceStatus
from rig.locale import FOLDER, LANGUAGES
from rig.recording import RecordingError
from rig.web.access import COOKIE, Access
from rig.web.audience import Audience
from rig.web.desk import Desk, StaleError
from rig.web.frames import live_frame, state_frame
from rig.web.guard import Guard, cookie_of
from rig.web.page_clock import Heard, PageClock
from rig.web.sound import Sounded, when
from rig.web.texts import page_texts

STATIC = Path(__file__).parent / "static"
FONT = FOLDER / "fonts" / "NotoSansTC-subset.woff2"
TICK_S = 0.05
T = TypeVar("T")
Handler = Callable[["Room", Request], Awaitable[Response]]


class Devices(Protocol):
    """How the devices are doing; `rig.devices.fleet.Fleet`."""

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """One for each declared device."""
        ...


class Press(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends when something is pressed."""

    kind: ActionKind
    data: dict[str, Any] = {}
    version: int | None = None


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page sends when an event is moved."""

    trial: str
    event: str
    t_us: int
    who: str
    why: str
    ordinal: int = 1


@dataclass(slots=True)
class Room:
    """All that the handlers share."""

    desk: Desk
    devices: Devices
    access: Access
    audience: Audience = field(default_factory=Audience)
    clocks: dict[str, PageClock] = field(default_factory=dict)
    shown_version: int = -1

    def beat(self) -> None:
        """Let the desk work, and tell the audience."""
        self.desk.tick()
        if self.desk.version != self.shown_version:
            self.tell_state()
        frame = live_frame(self.desk, self.devices.statuses(), self.desk.trouble)
        self.audience.send("live", msgspec.json.encode(frame | {"controller": self.audience.controller}))

    def tell_state(self) -> None:
        """Send the state to everybody."""
        self.shown_version = self.desk.version
        self.audience.send("state", msgspec.json.encode(state_frame(self.desk)))


def application(desk: Desk, devices: Devices, access: Access) -> Starlette:
    """The page's server."""
    room = Room(desk, devices, access)
    posts: dict[str, Handler] = {
        "/login": _login,
        "/press": _press,
        "/edit": _edit,
        "/controls": _controls,
        "/clock": _clock,
        "/sounded": _sounded,
    }
    gets: dict[str, Handler] = {
        "/": _page,
        "/events": _events,
        "/state": _state,
        "/texts/{language}": _texts,
        "/trials/{trial}": _trial,
        "/font.woff2": _font,
    }
    routes = [
        *(Route(path, partial(handler, room)) for path, handler in gets.items()),
        *(Route(path, partial(handler, room), methods=["POST"]) for path, handler in posts.items()),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, access=access)], lifespan=_lifespan)
    app.state.room = room
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(_beat(app.state.room))
    try:
        yield
    finally:
        task.cancel()


async def _beat(room: Room) -> None:
    while True:
        room.beat()
        await asyncio.sleep(TICK_S)


async def _page(room: Room, request: Request) -> Response:
    """The page for who is let in; a token in the address is taken for a cookie, and vanishes from it."""
    token = request.query_params.get("token")
    if token is not None and (cookie := room.access.by_token(token)) is not None:
        return _admitted(request, cookie)
    if room.access.knows(cookie_of(request.headers)):
        return FileResponse(STATIC / "index.html")
    if room.access.has_password:
        return FileResponse(STATIC / "login.html", 401)
    return _error(401, "open the address that `rig run` printed; it lets in once")


async def _login(room: Room, request: Request) -> Response:
    told = parse_qs((await request.body()).decode(errors="replace"))
    # Hashing takes its time on purpose; packets are not to wait for it.
    cookie = await asyncio.to_thread(room.access.by_password, told.get("password", [""])[0])
    return _admitted(request, cookie) if cookie is not None else HTMLResponse(_wrong(), 403)


def _wrong() -> str:
    """The page that asks for the password, which now says that it was wrong."""
    return (STATIC / "login.html").read_text(encoding="utf-8").replace(" hidden", "", 1)


def _admitted(request: Request, cookie: str) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="strict", secure=request.url.scheme == "https")
    return answer


async def _events(room: Room, request: Request) -> Response:
    """Frames for one browser, the state first."""
    browser = request.query_params.get("browser", "")
    if not 8 <= len(browser) <= 64:
        return _error(400, "events: browser must be an id of 8 to 64 characters")
    return StreamingResponse(_told(room, browser), media_type="text/event-stream")


async def _told(room: Room, browser: str) -> AsyncIterator[bytes]:
    frames = room.audience.frames(browser)
    # With every stream anew: a page that was loaded again has another clock.
    clock = room.clocks[browser] = PageClock()
    try:
        yield await anext(frames)
        room.tell_state()
        async for frame in frames:
            yield frame
    finally:
        if room.clocks.get(browser) is clock:
            del room.clocks[browser]


async def _state(room: Room, _: Request) -> Response:
    return _json(state_frame(room.desk))


async def _texts(_: Room, request: Request) -> Response:
    language = request.path_params["language"]
    if language not in LANGUAGES:
        return _error(404, f"languages: {', '.join(LANGUAGES)}")
    return JSONResponse(page_texts(language))


async def _trial(room: Room, request: Request) -> Response:
    """A trial to be drawn, read back from the recording."""
    trial = request.path_params["trial"]
    if all(found.id != trial for found in room.desk.state.trials):
        return _error(404, "there is no such trial")
    try:
        found = await asyncio.wrap_future(room.desk.review(trial))
    except (OSError, RecordingError, ValueError) as error:
        return _error(500, f"the recording cannot be read: {error}")
    return _error(404, "it is not in the recording yet") if found is None else _json(found)


async def _font(_: Room, __: Request) -> Response:
    return FileResponse(FONT, media_type="font/woff2", headers={"Cache-Control": "max-age=86400"})


async def _press(room: Room, request: Request) -> Response:
    return await _done(room, request, Press, lambda told: room.desk.press(Action(told.kind, told.data), told.version))


async def _edit(room: Room, request: Request) -> Response:
    return await _done(
        room,
        request,
        Edit,
        lambda told: room.desk.edit(told.trial, told.event, told.ordinal, told.t_us, told.who, told.why),
    )


async def _done(room: Room, request: Request, kind: type[T], action: Callable[[T], None]) -> Response:
    """Do what was sent, if it is understood and comes from who has the controls; answer with the version."""
    if request.headers.get("x-browser") != room.audience.controller:
        return _error(409, "another browser has the controls; take them first")
    refusal = await _refusal(request, kind, action)
    if refusal is not None:
        return refusal
    room.tell_state()
    # The page that pressed sounds the cue as soon as it hears that no timer does.
    return JSONResponse({"version": room.desk.version, "to_sound": room.desk.to_sound})


async def _refusal(request: Request, kind: type[T], action: Callable[[T], None]) -> Response | None:
    """Do what was sent; None, or why it was not done."""
    try:
        action(msgspec.json.decode(await request.body(), type=kind))
    except msgspec.DecodeError as error:
        return _error(400, str(error))
    except StaleError as error:
        return _error(409, str(error))
    except RefusedError as error:
        return _error(422, str(error))
    return None


async def _clock(room: Room, request: Request) -> Response:
    """One exchange of stamps with a page."""
    now_ns = room.desk.now_ns
    return await _of_page(room, request, Heard, lambda heard, clock: clock.take(heard, now_ns))


async def _sounded(room: Room, request: Request) -> Response:
    """When a page's beep sounded."""

    def take(told: Sounded, clock: PageClock) -> None:
        t_ns, u_us = when(told, clock, room.desk.now_ns)
        room.desk.sounded(told.token, t_ns, u_us)

    return await _of_page(room, request, Sounded, take)


async def _of_page(room: Room, request: Request, kind: type[T], take: Callable[[T, PageClock], None]) -> Response:
    """Take what a page that looks on says by its own clock."""
    clock = room.clocks.get(request.headers.get("x-browser", ""))
    if clock is None:
        return _error(400, "this browser is not looking on")
    refusal = await _refusal(request, kind, lambda told: take(told, clock))
    return JSONResponse({}) if refusal is None else refusal


async def _controls(room: Room, request: Request) -> Response:
    """Give the controls to the browser that asks."""
    browser = request.headers.get("x-browser", "")
    if browser not in room.audience.present:
        return _error(400, "controls: this browser is not looking on")
    room.audience.take_controls(browser)
    return JSONResponse({"controller": browser})


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")


def _error(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status)
