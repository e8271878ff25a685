"""The server: who is let in, what is refused, and what the page is told."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from rig.model.clock import SystemClock
from rig.web.desk import Desk
from rig.web.opening import begin
from tests.web.bench import AtOnce
from tests.web.served import Served, served

PRESS = {"kind": "participant", "data": {"id": "p1"}}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = SystemClock()
    desk = Desk(begin(tmp_path / "s", "s1", "schema = 1\n", clock), clock, AtOnce())
    yield desk
    desk.opened.recorder.close()


@pytest.fixture
def page(desk: Desk) -> Iterator[Served]:
    with served(desk) as found:
        yield found


def _watch(client: httpx.Client, browser: str, events: int) -> list[tuple[str, dict[str, object]]]:
    """The first events a browser gets."""
    found: list[tuple[str, dict[str, object]]] = []
    with client.stream("GET", "/events", params={"browser": browser}) as stream:
        kind = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                found.append((kind, json.loads(line[6:])))
            if len(found) == events:
                return found
    return found


def test_a_line_that_rests_between_two_presses_is_not_closed(page: Served) -> None:
    with closing(HTTPConnection(page.origin.removeprefix("http://"), timeout=10)) as line:
        line.request("GET", "/state")
        line.getresponse().read()
        sleep(6)  # uvicorn's own patience ends after 5 s
        line.request("GET", "/state")  # on the same line: it opens no other
        assert line.getresponse().status == 401


def test_nobody_gets_in_without_the_token_and_it_works_once(page: Served) -> None:
    outside = page.outside()
    assert outside.get("/").status_code == 401
    assert outside.get("/state").status_code == 401
    assert outside.get("/events", params={"browser": "x" * 10}).status_code == 401
    assert outside.get("/static/index.html").status_code == 401
    assert outside.get("/", params={"token": "guess"}).status_code == 401
    token = page.access.token or ""
    inside = page.let_in()
    assert inside.get("/state").status_code == 200
    assert outside.get("/", params={"token": token}).status_code == 401


def test_a_foreign_host_name_is_refused(page: Served) -> None:
    client = page.let_in()
    assert client.get("/state", headers={"host": "evil.example"}).status_code == 421


def test_presses_come_from_the_page_itself_only(page: Served) -> None:
    client = page.let_in()
    _watch(client, "browser-1", 1)
    foreign = client.post("/press", json=PRESS, headers={"origin": "http://evil.example", "x-browser": "browser-1"})
    assert foreign.status_code == 403
    del client.headers["origin"]
    assert client.post("/press", json=PRESS, headers={"x-browser": "browser-1"}).status_code == 403


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"kind": "fly"}', 400),
        (b'{"kind": "participant", "extra": 1}', 400),
        (b'{"kind": "stop", "data": {"reason": "finished"}}', 422),
        (b'{"kind": "participant", "data": {"id": "p1"}, "version": 999}', 409),
        (b'"' + b"x" * 20_000 + b'"', 413),
    ],
)
def test_what_is_not_understood_is_refused_and_not_recorded(page: Served, content: bytes, status: int) -> None:
    client = page.let_in()
    with client.stream("GET", "/events", params={"browser": "browser-1"}) as stream:
        watching = stream.iter_lines()  # a generator that is dropped closes its stream
        next(watching)
        answer = client.post(
            "/press", content=content, headers={"content-type": "application/json", "x-browser": "browser-1"}
        )
    assert (answer.status_code, page.desk.version) == (status, 0)
    assert answer.json()["error"]


def test_only_who_has_the_controls_may_press(page: Served) -> None:
    client = page.let_in()
    with (
        client.stream("GET", "/events", params={"browser": "browser-1"}) as first,
        client.stream("GET", "/events", params={"browser": "browser-2"}) as second,
    ):
        watching = first.iter_lines(), second.iter_lines()
        next(watching[0])
        next(watching[1])
        assert client.post("/press", json=PRESS, headers={"x-browser": "browser-2"}).status_code == 409
        assert client.post("/controls", json={}, headers={"x-browser": "nobody-here"}).status_code == 400
        assert client.post("/controls", json={}, headers={"x-browser": "browser-2"}).status_code == 200
        assert client.post("/press", json=PRESS, headers={"x-browser": "browser-1"}).status_code == 409
        assert client.post("/press", json=PRESS, headers={"x-browser": "browser-2"}).status_code == 200
    assert page.desk.state.participant["id"] == "p1"


SOUNDED = {"token": 1, "sound_us": 5, "spread_us": 0, "behind_us": 0, "latency_us": None}


def test_a_pages_clock_is_known_as_long_as_it_looks_on(page: Served) -> None:
    client = page.let_in()
    headers = {"x-browser": "browser-1"}
    now_us = page.desk.now_ns // 1000
    stamps = {"told_us": now_us, "heard_us": 5, "sent_us": 6}
    with client.stream("GET", "/events", params={"browser": "browser-1"}) as stream:
        watching = stream.iter_lines()
        next(watching)
        assert client.post("/clock", json=stamps, headers=headers).status_code == 200
        assert client.post("/clock", json=stamps | {"sent_us": 4}, headers=headers).status_code == 422
        assert client.post("/clock", json=stamps | {"told_us": -1}, headers=headers).status_code == 400
        assert client.post("/sounded", json=SOUNDED, headers=headers).status_code == 422
        assert client.post("/sounded", json=SOUNDED | {"sound_us": "5"}, headers=headers).status_code == 400
        assert client.post("/clock", json=stamps, headers={"x-browser": "browser-2"}).status_code == 400
        assert page.desk.version == 0
        stream.close()
    end = monotonic() + 5
    while client.post("/clock", json=stamps, headers=headers).status_code == 200:
        assert monotonic() < end
    assert client.post("/sounded", json=SOUNDED, headers=headers).status_code == 400


def test_a_browser_gets_the_state_first_and_then_the_moment(page: Served) -> None:
    events = _watch(page.let_in(), "browser-1", 4)
    assert {"state", "live"} == {kind for kind, _ in events}
    state = next(content for kind, content in events if kind == "state")
    assert state["step"] == "participant"


def test_the_password_lets_in_where_there_is_one(desk: Desk) -> None:
    with served(desk, password="correct horse") as page:
        client = page.outside()
        assert client.post("/login", data={"password": "wrong"}).status_code == 403
        assert client.post("/login", data={"password": "correct horse"}).status_code == 303
        assert client.get("/state").status_code == 200


def test_every_answer_forbids_foreign_content(page: Served) -> None:
    for answer in (page.let_in().get("/"), httpx.get(page.origin)):
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
