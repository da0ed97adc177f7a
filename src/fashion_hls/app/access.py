"""Who may reach the page: loopback alone, or others with a password."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from fashion_hls.errors import UserError
from fashion_hls.listening import from_elsewhere, is_loopback

USER: Final = "fashion-hls"
#: The environment's variable that holds the password.
PASSWORD: Final = "FASHION_HLS_APP_PASSWORD"
#: What the page may load and call: itself. Gradio builds styles and templates in the browser.
POLICY: Final = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


def password_for(host: str, environment: Mapping[str, str]) -> str | None:
    """The password that the page asks for; on loopback none is needed.

    Raises:
        UserError: another host, and no password.
    """
    password = environment.get(PASSWORD) or None
    if is_loopback(host):
        return password
    if password is None:
        raise UserError(
            f"--host {host}: others could reach the page; set {PASSWORD} to a password of your "
            f"choice (the user is {USER}), or leave --host out"
        )
    print(
        f"warning: whoever reaches {host} can open the page with the password, which goes over "
        "the network unencrypted; put a proxy with TLS before it",
        file=sys.stderr,
    )
    return password


class Guard:
    """ASGI middleware: the browser loads nothing from elsewhere; other sites are refused."""

    def __init__(self, app: Any, *, loopback_only: bool) -> None:
        """Wrap an ASGI application; ``loopback_only``: refuse other hosts' names."""
        self._app = app
        self._loopback_only = loopback_only

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._loopback_only:
            refused = from_elsewhere(scope)
            if refused is not None:
                await _refuse(send, *refused)
                return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


async def _refuse(send: Any, status: int, reason: str) -> None:
    headers = [*_HEADERS, (b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    body = f"{reason}, or set {PASSWORD}.\n"
    await send({"type": "http.response.body", "body": body.encode()})
