"""Who may see and press: a token that is used once, a cookie after that, and only from the page itself."""

import hmac
import secrets
from collections.abc import Iterable
from hashlib import scrypt

COOKIE = "rig_session"


class Access:
    """Decides over requests.

    Parameters
    ----------
    origins
        Addresses (scheme, host, port) the page is served at, such as ``http://127.0.0.1:8765``.
    password
        For pages on other hosts; None where the page is on loopback and only the token lets in.
    """

    def __init__(self, origins: Iterable[str], password: str | None = None) -> None:
        self.token: str | None = secrets.token_urlsafe(32)
        self._origins = frozenset(origins)
        self._hosts = frozenset(origin.partition("://")[2] for origin in self._origins)
        self._salt = secrets.token_bytes(16)
        self._secret = None if password is None else self._hashed(password)
        self._cookies: set[str] = set()

    @property
    def has_password(self) -> bool:
        """Whether a password lets in, too."""
        return self._secret is not None

    def by_token(self, token: str) -> str | None:
        """A new cookie for the token, which then is used up."""
        if self.token is None or not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        self.token = None
        return self._admit()

    def by_password(self, password: str) -> str | None:
        """A new cookie for the password."""
        if self._secret is None or not hmac.compare_digest(self._hashed(password), self._secret):
            return None
        return self._admit()

    def knows(self, cookie: str | None) -> bool:
        """Whether somebody was let in under this cookie."""
        return cookie is not None and any(hmac.compare_digest(cookie.encode(), own.encode()) for own in self._cookies)

    def host_allowed(self, host: str | None) -> bool:
        """Whether the request is addressed to the page's own host: no foreign name may point here (DNS rebinding)."""
        return host in self._hosts

    def origin_allowed(self, origin: str | None) -> bool:
        """Whether a press comes from the page itself."""
        return origin in self._origins

    def _admit(self) -> str:
        cookie = secrets.token_urlsafe(32)
        self._cookies.add(cookie)
        return cookie

    def _hashed(self, password: str) -> bytes:
        return scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)
