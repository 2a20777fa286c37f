"""The sample for nginx, read and run by nginx itself where this machine has it."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest
from flask import Flask
from markupsafe import escape

from core.i18n import force_language, gettext
from core.testing.serving import maillage, served, stop

ROOT = Path(__file__).resolve().parent.parent.parent.parent
SAMPLE = ROOT / "deploy" / "nginx" / "maillage.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
MEGABYTE = 1024 * 1024


def sample_for(folder: Path, upstream: str) -> str:
    """The sample, listening on a socket of the test, without certificates, in front of ``upstream``."""
    text = SAMPLE.read_text(encoding="utf-8")
    # The servers that send others on need port 80 and certificates.
    head, _other, main, _last = re.split(r"(?m)^server \{$", text)
    main = re.sub(r"(?m)^\s*(listen|ssl_\w+) .*\n", "", main.partition("\n# A request")[0])
    main = main.replace("/var/log/nginx/maillage.log", f"{folder}/access.log")
    head = re.sub(r"server unix:\S+", f"server {upstream}", head)
    kept = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; worker_processes 1;\n"
        # As root it would hand the socket to somebody who may not enter the folder of the test.
        f"{'user root;' if Path.home() == Path('/root') else ''}\n"
        f"events {{}}\nhttp {{\n{kept}{head}\nserver {{ listen unix:{folder}/web.sock;\n{main}\n}}"
    )


@contextlib.contextmanager
def behind_nginx(folder: Path, upstream: str) -> Iterator[Path]:
    """Run nginx in front of ``upstream``; the socket at which it answers."""
    if NGINX is None:
        pytest.skip("nginx is not there (Debian: nginx-light)")
    settings = folder / "nginx.conf"
    settings.write_text(sample_for(folder, upstream), encoding="utf-8")
    process = subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(settings), "-e", f"{folder}/error.log"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 20
        while not (folder / "web.sock").exists():
            said = (folder / "error.log").read_text() if (folder / "error.log").exists() else ""
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.05)
        yield folder / "web.sock"
    finally:
        stop(process)


def ask(at: Path, request: str, body: bytes = b"") -> tuple[int, str]:
    """Send a request as it stands: the status of the answer, and its text."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(str(at))
        line.sendall(request.replace("\n", "\r\n").encode())
        # Who refuses a body need not read it to its end.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(body)
        answer = HTTPResponse(line)
        answer.begin()
        return answer.status, answer.read().decode()


def post(length: int, language: str, path: str = "/sign-in") -> str:
    return (
        f"POST {path} HTTP/1.1\nHost: network.example.org\nAccept-Language: {language}\n"
        f"Content-Type: multipart/form-data; boundary=part\nContent-Length: {length}\n"
        "Connection: close\n\n"
    )


@pytest.mark.one_database
def test_what_nginx_stops_is_refused_in_the_readers_language_and_secrets_stay_out_of_its_log(
    app: Flask, tmp_path: Path
) -> None:
    if NGINX is None:
        pytest.skip("nginx is not there (Debian: nginx-light)")
    instance = tmp_path / "instance"
    assert maillage("db", "upgrade", settings={}, instance=instance).returncode == 0
    said = {}
    for language in ("mk", "sq", "ar", "fr"):
        with app.app_context(), force_language(language):
            said[language] = escape(gettext("That is too large"))
    with (
        served({"MAILLAGE_LOG_LEVEL": "WARNING"}, instance=instance) as site,
        behind_nginx(tmp_path, site.url.removeprefix("http://")) as at,
    ):
        for language, words in said.items():
            status, text = ask(at, post(200 * MEGABYTE, language), bytes(MEGABYTE))
            assert status == 413
            assert f'lang="{language}"' in text
            assert words in text, text[:2000]
            assert "nginx" not in text
        # What nginx lets pass is refused by the application in the same words.
        length = 12 * MEGABYTE + 512 * 1024
        assert said["mk"] in ask(at, post(length, "mk"), bytes(length))[1]
        for area in ("feed", "answer", "invitation", "reset", "me/address", "me/mails"):
            ask(at, f"GET /{area}/secret-of-somebody HTTP/1.1\nHost: network.example.org\n\n")
        assert "secret-of-somebody" not in (tmp_path / "access.log").read_text()


def test_every_address_with_a_secret_is_left_out_of_the_log(app: Flask) -> None:
    pattern = re.search(r"~(\^/\(\S+)", SAMPLE.read_text(encoding="utf-8"))
    assert pattern
    hidden = re.compile(pattern[1].replace("(?<", "(?P<"))
    rules = [rule.rule for rule in app.url_map.iter_rules() if "token" in rule.arguments]
    assert rules
    assert [rule for rule in rules if not hidden.match(rule)] == []
