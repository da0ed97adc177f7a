"""For the commands that serve: a socket, bound before networks are loaded, and who may ask."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any

from fashion_hls.errors import UserError


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        host: name or address.
        port: 0 takes a free one.

    Raises:
        UserError: the port is in use, or the host is not this machine's or no host's name.
    """
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family)
    except UnicodeError as error:  # of a name with an empty part, or one that is too long
        raise UserError(f"--host {host}: is no host's name") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UserError(
                f"port {port} of {host} is in use; name another one with --port"
            ) from error
        raise UserError(
            f"--host {host} --port {port}: {(error.strerror or str(error)).lower()}"
        ) from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host's address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def from_elsewhere(scope: Any) -> tuple[int, str] | None:
    """Why a request to a loopback address is refused: a status and a reason; None: it is not.

    A page on another site could give its own name the address 127.0.0.1 and so read answers (DNS
    rebinding); its name stands in the Host header. Or it could send files here without reading the
    answer; its name stands in the Origin header.

    Args:
        scope: of an HTTP request, as ASGI has it.
    """
    host, origin = _header(scope, b"host"), _header(scope, b"origin")
    if not is_loopback(_host_of(host or "")):
        return 421, "This address answers as 127.0.0.1 and localhost alone"
    if origin is not None and not is_loopback(_host_of(origin.partition("://")[2])):
        return 403, "This address takes nothing that other sites send"
    return None


def _header(scope: Any, name: bytes) -> str | None:
    return next((value.decode("latin1") for key, value in scope["headers"] if key == name), None)


def _host_of(named: str) -> str:
    """The host in ``host:port``, without the port and an IPv6 address's brackets."""
    if named.startswith("["):
        return named[1:].partition("]")[0]
    return named.partition(":")[0]
