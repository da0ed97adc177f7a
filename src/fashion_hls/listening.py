"""A socket for the commands that serve, bound before networks are loaded."""

from __future__ import annotations

import errno
import socket

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
