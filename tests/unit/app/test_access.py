import asyncio

import pytest

from fashion_hls.app.access import PASSWORD, Guard, password_for
from fashion_hls.errors import UserError
from fashion_hls.listening import is_loopback


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
        ("localhost.example.org", False),
    ],
)
def test_what_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_loopback_needs_no_password_but_may_have_one() -> None:
    assert password_for("127.0.0.1", {}) is None
    assert password_for("127.0.0.1", {PASSWORD: "secret"}) == "secret"


def test_another_host_needs_a_password(capsys) -> None:
    with pytest.raises(UserError, match=f"--host 0.0.0.0: .*{PASSWORD}"):
        password_for("0.0.0.0", {PASSWORD: ""})
    assert password_for("0.0.0.0", {PASSWORD: "very secret"}) == "very secret"
    printed = capsys.readouterr()
    assert "warning:" in printed.err
    assert "very secret" not in printed.err + printed.out


def _answer(
    host: str, *, loopback_only: bool, origin: str | None = None
) -> tuple[int, dict[bytes, bytes]]:
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode())]
    headers += [] if origin is None else [(b"origin", origin.encode())]
    scope = {"type": "http", "headers": headers}
    asyncio.run(Guard(app, loopback_only=loopback_only)(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "[::1]:7860"])
def test_own_names_are_answered_and_may_load_nothing_from_elsewhere(host: str) -> None:
    status, headers = _answer(host, loopback_only=True)
    assert status == 200
    assert headers[b"a"] == b"b"
    policy = headers[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", ""])
def test_other_sites_names_are_refused_where_nobody_logs_in(host: str) -> None:
    assert _answer(host, loopback_only=True)[0] == 421
    assert _answer(host, loopback_only=False)[0] == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:7860", 200),
        ("http://localhost:7860", 200),
        ("http://[::1]:7860", 200),
        (None, 200),
        ("https://evil.example", 403),
        ("http://127.0.0.1.evil.example:7860", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_what_other_sites_send_is_refused_where_nobody_logs_in(origin, status: int) -> None:
    assert _answer("127.0.0.1:7860", loopback_only=True, origin=origin)[0] == status
    assert _answer("example.org", loopback_only=False, origin=origin)[0] == 200
