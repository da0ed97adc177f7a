"""The page on a socket, until it is interrupted."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from fashion_hls.app.access import USER, Guard
from fashion_hls.app.examples import draw_examples
from fashion_hls.inference.pipeline import Pipeline

#: Seconds that open pages are waited for at the end.
_GRACE = 2


def serve(
    pipeline: Pipeline,
    listening: socket.socket,
    *,
    host: str,
    password: str | None,
    max_mb: int,
) -> None:
    """Serve the page until SIGINT or SIGTERM; uploads are deleted then.

    Args:
        pipeline: loaded.
        listening: a socket that listens.
        host: what the address is printed with.
        password: of the user ``fashion-hls``; None: no login.
        max_mb: of an upload, in MiB.
    """
    import uvicorn

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    with tempfile.TemporaryDirectory(prefix="fashion-hls-app-") as folder:
        app = make_app(pipeline, Path(folder), password=password, max_mb=max_mb)
        config = uvicorn.Config(
            app, log_level="warning", server_header=False, timeout_graceful_shutdown=_GRACE
        )
        shown = f"[{host}]" if ":" in host else host
        port = listening.getsockname()[1]
        print(f"fashion-hls app: http://{shown}:{port} (Ctrl-C ends it)", flush=True)
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            print("fashion-hls app: ended", flush=True)


def make_app(pipeline: Pipeline, folder: Path, *, password: str | None, max_mb: int) -> Any:
    """The page as an ASGI application.

    Args:
        pipeline: loaded.
        folder: for uploads and drawings.
        password: as in :func:`serve`.
        max_mb: as in :func:`serve`.
    """
    # Gradio reads these when its parts are made.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "uploads")

    import gradio
    from fastapi import FastAPI

    from fashion_hls.app.page import build_page, stylesheet, theme

    page = build_page(pipeline, draw_examples(folder / "examples"))
    app = gradio.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        page,
        path="/",
        auth=None if password is None else (USER, password),
        max_file_size=max_mb * 2**20,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=theme(),
        css=stylesheet(),
    )
    return Guard(app, loopback_only=password is None)
