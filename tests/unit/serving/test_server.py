"""Servers over real connections: a photo's bytes in, JSON out, and whatever else is sent."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

import fashion_hls
from fashion_hls.__main__ import main
from fashion_hls.inference.bundle import WEIGHTS
from fashion_hls.serving.publish import log_bundle
from fashion_hls.serving.server import Guarded

SOURCE = str(Path(fashion_hls.__file__).parents[1])
START_SECONDS = 240
JSON = {"content-type": "application/json"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def post(port: int, body: bytes, headers: dict[str, str] = JSON) -> tuple[int, object]:
    """Status and what the JSON says (the bare text where it is none)."""
    url = f"http://127.0.0.1:{port}/invocations"
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


def status_without_content_type(port: int, body: bytes) -> int:
    """Of a request that urllib would not send."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/invocations", body)
    status = connection.getresponse().status
    connection.close()
    return status


def asked(*values: object, **params: object) -> bytes:
    table = {"columns": ["image"], "data": [[value] for value in values]}
    return json.dumps({"dataframe_split": table, "params": params}).encode()


@contextmanager
def started(command: list[str], port: int, folder: Path, log: Path):
    """A server that answers; it is stopped as a user stops it, and must be gone afterwards."""
    env = os.environ | {"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1"}
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True
        )
        try:
            _wait(server, port, log)
            yield server
            assert server.poll() is None, log.read_text()
            os.killpg(server.pid, signal.SIGINT)
            server.wait(60)
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        pass


def _wait(server: subprocess.Popen, port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def check_answers(port: int, pipeline, photo: bytes, letters: str) -> None:
    """Good requests, then bad ones, then a good one again."""
    right = pipeline(photo).to_dict()
    assert right["garments"]
    assert post(port, asked(letters)) == (200, {"predictions": [right]})
    params = {"method": "mtl_rnn_va", "top": 1, "min_score": 0.3}
    status, told = post(port, asked(letters, **params))
    assert (status, told) == (200, {"predictions": [pipeline(photo, **params).to_dict()]})
    status, told = post(port, asked("", "aGVsbG8=", letters, None))
    assert status == 200
    assert [set(one) == {"error"} for one in told["predictions"]] == [True, True, False, True]
    for body in (b"{no json", b"", b"[]", b"{}", photo, json.dumps({"inputs": 3}).encode()):
        assert post(port, body)[0] == 400, body[:20]
    for wrong in ({"method": "nope"}, {"min_score": 2}, {"top": 0}, {"top": "all"}):
        assert post(port, asked(letters, **wrong))[0] == 400, wrong
    assert post(port, photo, {"content-type": "image/jpeg"})[0] == 415
    assert post(port, asked(letters)) == (200, {"predictions": [right]})


@pytest.mark.slow
def test_mlflow_serves_what_was_published(store, bundle, pipeline, photo, letters, tmp_path):
    address = log_bundle(bundle, register_as="garments", alias="champion").address
    port = free_port()
    command = ["mlflow", "models", "serve", "-m", address, "--env-manager", "local"]
    command[0] = str(Path(sys.executable).with_name("mlflow"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["env", f"PATH={path}", *command, "--host", "127.0.0.1", "--port", str(port)]
    with started(command, port, store, tmp_path / "log"):
        check_answers(port, pipeline, photo, letters)
        status, told = post(port, asked("A" * 8_000_000))
        assert status == 200 and set(told["predictions"][0]) == {"error"}
        assert post(port, asked(letters))[0] == 200


@pytest.mark.slow
def test_the_command_serves_a_file_and_refuses_what_is_too_large(
    bundle, pipeline, photo, letters, tmp_path
):
    port = free_port()
    command = [sys.executable, "-m", "fashion_hls", "serve", "--models", str(bundle)]
    command += ["--port", str(port), "--max-mb", "1"]
    with started(command, port, tmp_path, tmp_path / "log"):
        assert (tmp_path / "log").read_text() == f"http://127.0.0.1:{port}/invocations\n"
        check_answers(port, pipeline, photo, letters)
        status, told = post(port, asked("A" * 8_000_000))
        assert status == 413 and "larger than 1 MB" in told["error"]
        assert status_without_content_type(port, asked(letters)) == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/docs", timeout=20)
        assert post(port, asked(letters))[0] == 200
    assert "Traceback" not in (tmp_path / "log").read_text()


async def call(app: Guarded, path: str, parts: list[bytes], headers=()) -> list[dict]:
    sent: list[dict] = []
    waiting = [
        {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
        for place, part in enumerate(parts)
    ]

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    await app({"type": "http", "path": path, "headers": list(headers)}, receive, send)
    return [*sent, {"left": len(waiting)}]


async def echo(scope, receive, send):
    """Answers with the body and the request's form."""
    message = await receive()
    assert message["more_body"] is False
    form = dict(scope["headers"]).get(b"content-type", b"")
    await send({"status": 200, "body": message["body"], "form": form})


def test_a_body_in_parts_arrives_whole_up_to_the_limit():
    app = Guarded(echo, most_bytes=10)
    told = asyncio.run(call(app, "/invocations", [b"01234", b"", b"56789"]))
    assert told[0] == {"status": 200, "body": b"0123456789", "form": b"application/json"}
    named = [(b"Content-Type", b"text/csv")]
    told = asyncio.run(call(app, "/invocations", [b"a"], named))
    assert told[0]["form"] == b"", "a form that was named in any case is left alone"


def test_a_larger_body_is_read_to_its_end_and_refused_but_not_for_ever():
    app = Guarded(echo, most_bytes=10)
    told = asyncio.run(call(app, "/invocations", [b"01234"] * 4))
    assert (told[0]["status"], told[-1]) == (413, {"left": 0})
    told = asyncio.run(call(app, "/invocations", [b"01234"] * 100))
    assert told[0]["status"] == 413 and told[-1]["left"] > 70


def test_other_paths_are_not_there():
    app = Guarded(echo, most_bytes=10)
    assert asyncio.run(call(app, "/docs", [b""]))[0]["status"] == 404


def test_a_port_that_is_taken_and_wrong_options_are_told_before_anything_is_loaded(bundle, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = [
            (["--port", port], "choose another"),
            (["--port", "70000"], "--port must be"),
            (["--max-mb", "0"], "--max-mb must be"),
            (["--host", "no.such.host.invalid"], "choose another"),
        ]
        for options, text in cases:
            with pytest.raises(SystemExit) as ended:
                main(["serve", "--models", str(bundle), *options])
            assert ended.value.code == 2
            told = capsys.readouterr().err
            assert told.startswith("serve: ") and text in told and told.count("\n") == 1


def test_a_damaged_bundle_is_told_by_its_own_name(bundle, tmp_path, capsys):
    damaged = tmp_path / "mine.fhls"
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(damaged, "w") as other:
        for name in whole.namelist():
            content = whole.read(name)
            other.writestr(name, content[:-1] if name == WEIGHTS else content)
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--models", str(damaged), "--port", "0"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"serve: {damaged}: {WEIGHTS}: is not the file"), told
