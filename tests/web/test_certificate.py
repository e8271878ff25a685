"""The page's own certificate: made once, private, and what a browser checks."""

import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from rig.model.clock import SystemClock
from rig.web.access import Access
from rig.web.certificate import VALID_DAYS, fingerprint, own_certificate
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.serve import listen, server
from rig.web.server import application
from tests.web.bench import AtOnce
from tests.web.served import NoDevices


def test_it_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, "127.0.0.1")
    before = fingerprint(certificate)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert fingerprint(own_certificate(tmp_path, "127.0.0.1")[0]) == before
    assert len(before.split(":")) == 32


def test_an_expired_one_is_made_anew(tmp_path: Path) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=VALID_DAYS + 1)
    before = fingerprint(own_certificate(tmp_path, "rig.local", long_ago)[0])
    assert fingerprint(own_certificate(tmp_path, "rig.local")[0]) != before


def test_a_client_that_trusts_it_reaches_the_page_and_no_other_does(tmp_path: Path) -> None:
    clock = SystemClock()
    desk = Desk(begin(tmp_path / "s", "s1", "schema = 1\n", clock), clock, AtOnce())
    certificate, key = own_certificate(tmp_path, "127.0.0.1")
    with listen("127.0.0.1", 0) as bound:
        origin = f"https://127.0.0.1:{bound.getsockname()[1]}"
        app = application(desk, NoDevices(), Access([origin], "correct horse"))
        running = server(app, certificate=str(certificate), key=str(key))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not running.started:
            threading.Event().wait(0.01)
        try:
            trusting = ssl.create_default_context(cafile=str(certificate))
            with httpx.Client(base_url=origin, verify=trusting, headers={"origin": origin}) as client:
                answer = client.post("/login", data={"password": "correct horse"})
                assert answer.status_code == 303
                assert "Secure" in answer.headers["set-cookie"]
                assert client.get("/state").status_code == 200
            with pytest.raises(httpx.ConnectError, match="certificate"):
                httpx.get(origin)
        finally:
            running.should_exit = True
            thread.join(10)
            desk.opened.recorder.close()
