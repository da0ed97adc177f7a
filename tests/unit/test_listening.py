import socket

import pytest

from fashion_hls.errors import UserError
from fashion_hls.listening import listen


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(UserError, match=rf"port {port} of 127.0.0.1 is in use.*--port"):
            listen("127.0.0.1", port)


def test_a_host_that_is_not_ours_is_named(monkeypatch) -> None:
    def unknown(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(UserError, match=r"--host 203\.0\.113\.1 --port 1"):
        listen("203.0.113.1", 1)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UserError, match="--host nowhere --port 1: name or service"):
        listen("nowhere", 1)


@pytest.mark.parametrize("host", [".", "my..host", "a" * 70])
def test_what_is_no_hosts_name_is_told(host: str) -> None:
    with pytest.raises(UserError, match="is no host's name"):
        listen(host, 0)
