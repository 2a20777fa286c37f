"""Logs as JSON lines, one an event, without personal data: the request's number, never its content."""

import json
import logging
import sys
import time
from typing import Any

from flask import Flask, Response, g, has_request_context, request

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Only these extras are written; a name or an address handed to a logger by mistake goes nowhere.
_ALLOWED = frozenset(
    {
        "endpoint",
        "method",
        "status",
        "milliseconds",
        "hook",
        "plugin",
        "fault",
        "job",
        "kind",
        "attempt",
        "city",
    }
)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON, in which no text can start a new line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for ``record``."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if has_request_context():
            line["request"] = g.get("request_id", "")
        line.update(
            {
                key: value
                for key, value in vars(record).items()
                if key in _ALLOWED and key not in _PLAIN
            }
        )
        if record.exc_info and record.exc_info[0] is not None:
            line["fault"] = record.exc_info[0].__name__
            line["where"] = [
                f"{frame.name} ({frame.filename.rsplit('/', 1)[-1]}:{frame.lineno})"
                for frame in _frames(record.exc_info)
            ]
        return json.dumps(line, ensure_ascii=True, default=str)


def _frames(exc_info: Any) -> list[Any]:
    import traceback

    return list(traceback.extract_tb(exc_info[2]))[-12:]


def init_logs(app: Flask) -> None:
    """Send the logs of ``app`` to standard error as JSON lines, and note every request when it ends."""
    root = logging.getLogger()
    if not app.testing and not any(isinstance(h.formatter, JsonLines) for h in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
        root.setLevel(app.config["LOG_LEVEL"])
        # It tells about every part it loads.
        logging.getLogger("alembic").setLevel(logging.WARNING)
    requests = logging.getLogger("maillage.requests")

    def start() -> None:
        g.started = time.perf_counter()

    def finish(response: Response) -> Response:
        if requests.isEnabledFor(logging.INFO) and request.endpoint != "static":
            requests.info(
                "request",
                extra={
                    # The route, not the path: a path can hold a secret address or an identifier.
                    "endpoint": request.endpoint or "-",
                    "method": request.method if request.method.isalpha() else "-",
                    "status": response.status_code,
                    "milliseconds": round((time.perf_counter() - g.get("started", 0)) * 1000, 1),
                },
            )
        return response

    app.before_request(start)
    app.after_request(finish)
