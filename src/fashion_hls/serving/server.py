"""MLflow's own server in this process: on loopback, with a limit of what is uploaded.

``mlflow models serve`` takes requests of any size, and its ``/docs`` page fetches scripts from
outside; this one does neither.
"""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Final

from fashion_hls.errors import UserError
from fashion_hls.inference.source import located
from fashion_hls.serving.publish import save_bundle
from fashion_hls.tracking_models import silence

#: What MLflow's protocol has; everything else is not there.
PATHS: Final = ("/invocations", "/ping", "/health", "/version")
#: Requests at a time; more are told to come again (503).
_CONCURRENT = 16
#: A request that is too large is read to its end and dropped, up to so many times the limit, as
#: clients that are cut off while they send never see the answer.
_PATIENCE = 10

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def serve(source: str | None, *, host: str, port: int, most_bytes: int) -> None:
    """Answer until interrupted.

    Args:
        source: a bundle's file, or its address in MLflow; None: the package's own.
        host: to listen on.
        port: 0 takes a free one.
        most_bytes: of a request's body.

    Raises:
        UserError: there is no such bundle, or the port is taken.
    """
    import uvicorn

    with _listening(host, port) as listener, tempfile.TemporaryDirectory() as folder:
        app = Guarded(_application(located(source), Path(folder)), most_bytes)
        place = f"[{host}]" if ":" in host else host
        print(f"http://{place}:{listener.getsockname()[1]}/invocations", flush=True)
        config = uvicorn.Config(app, log_level="warning", limit_concurrency=_CONCURRENT)
        try:
            uvicorn.Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            return


def _listening(host: str, port: int) -> socket.socket:
    """Bound before networks are loaded: a port that is taken is told at once."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"--host {host} --port {port}: cannot be listened on ({reason.lower()}); choose another"
        ) from error
    return listener


def _application(bundle: Path, folder: Path) -> Any:
    if bundle.is_dir():
        raise UserError(f"{bundle}: is no bundle's file; make one with `fashion-hls bundle`")
    silence()
    save_bundle(bundle, folder / "model")
    import mlflow
    from mlflow.pyfunc import scoring_server

    try:
        return scoring_server.init(mlflow.pyfunc.load_model(str(folder / "model")))
    except UserError as error:
        # It knows the copy, which is gone when the command has ended.
        copy = folder / "model/artifacts" / bundle.name
        raise UserError(str(error).replace(str(copy), str(bundle))) from error


class Guarded:
    """An ASGI application that only MLflow's paths reach, with bodies of limited size."""

    def __init__(self, app: Any, most_bytes: int) -> None:
        self._app = app
        self._most = most_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """As ASGI has it; a body is complete in memory before MLflow sees the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"] not in PATHS:
            await _answer(send, 404, f"{scope['path']}: not here; post to /invocations")
            return
        body = await self._body(receive)
        if body is None:
            limit = f"{self._most / 1e6:g} MB"
            await _answer(send, 413, f"the request is larger than {limit}; send fewer or smaller")
            return
        if not any(name.lower() == b"content-type" for name, _ in scope["headers"]):
            # MLflow fails where there is none.
            scope["headers"] = [*scope["headers"], (b"content-type", b"application/json")]
        await self._app(scope, _replayed(body, receive), send)

    async def _body(self, receive: Receive) -> bytes | None:
        """The request's body; None where it is too large."""
        parts: list[bytes] = []
        length, more = 0, True
        while more and length <= self._most * _PATIENCE:
            message = await receive()
            part = message.get("body", b"")
            length += len(part)
            if length <= self._most:
                parts.append(part)
            else:
                parts.clear()
            more = message["type"] == "http.request" and message.get("more_body", False)
        return b"".join(parts) if length <= self._most else None


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _answer(send: Send, status: int, text: str) -> None:
    content = json.dumps({"error": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
