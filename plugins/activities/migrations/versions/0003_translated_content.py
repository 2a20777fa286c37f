"""Translations of titles and descriptions move to core."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 500
TEXT = sa.table(
    "content_text",
    *(
        sa.column(name, sa.String)
        for name in ("city_id", "id", "plugin", "kind", "record_id", "language", "state", "made_by")
    ),
    sa.column("original", sa.Boolean),
    sa.column("texts", sa.JSON),
    sa.column("source", sa.JSON),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("version", sa.Integer),
    sa.column("shared", sa.Boolean),
    sa.column("needed_on", sa.Date),
    sa.column("fingerprint", sa.String),
)


def upgrade() -> None:
    """Go forward: an original for each activity, and its translations with their states beside it."""
    found = op.get_bind().execute(
        sa.text(
            "SELECT city_id, id, title, description, language, translations, visibility, start_date, logged_by, "
            "created_at FROM activities_activity"
        ).columns(translations=sa.JSON, start_date=sa.Date, created_at=sa.DateTime(timezone=True))
    )
    rows: list[dict[str, Any]] = []
    for activity in found:
        rows += _rows_of(activity)
    for start in range(0, len(rows), AT_ONCE):
        op.bulk_insert(TEXT, rows[start : start + AT_ONCE])


def downgrade() -> None:
    """Go back: the activities have kept a copy, which knows no approval."""
    connection = op.get_bind()
    if sa.inspect(connection).has_table("content_text"):
        connection.execute(sa.text("DELETE FROM content_text WHERE plugin = 'activities'"))
    activity = sa.table(
        "activities_activity",
        sa.column("city_id", sa.String),
        sa.column("id", sa.String),
        sa.column("translations", sa.JSON),
    )
    approved = [
        (row.city_id, row.id, row.translations)
        for row in connection.execute(sa.select(activity))
        if any(each.get("state") == "approved" for each in (row.translations or {}).values())
    ]
    for city_id, identifier, translations in approved:
        for each in translations.values():
            if each.get("state") == "approved":
                each["state"] = "translated"
        connection.execute(
            sa.update(activity)
            .where(activity.c.city_id == city_id, activity.c.id == identifier)
            .values(translations=translations)
        )


def _rows_of(activity: Any) -> Iterator[dict[str, Any]]:
    original = _said(activity.title, activity.description)
    if not original:
        return
    facts = {
        "city_id": activity.city_id,
        "plugin": "activities",
        "kind": "activity",
        "record_id": activity.id,
        "made_by": activity.logged_by,
        "made_at": activity.created_at or datetime.now(UTC),
        "version": 1,
        "shared": activity.visibility == "members",
        "needed_on": activity.start_date,
    }
    yield facts | {
        "id": _identifier(),
        "language": activity.language,
        "original": True,
        "state": "original",
        "texts": original,
        "source": {},
        "fingerprint": _fingerprint(activity.language, original),
    }
    for language, each in (activity.translations or {}).items():
        texts = _said(each.get("title"), each.get("description"))
        if not texts or language == activity.language:
            continue
        outdated = each.get("state") == "outdated"
        yield facts | {
            "id": _identifier(),
            # Who translated was kept in the history alone.
            "made_by": None,
            "language": language,
            "original": False,
            "state": "outdated" if outdated else "translated",
            "texts": texts,
            # What an outdated translation was made from is not known any more.
            "source": {} if outdated else original,
            "fingerprint": "",
        }


def _said(title: str | None, description: str | None) -> dict[str, str]:
    texts = {"title": (title or "").strip(), "description": (description or "").strip()}
    return {field: text for field, text in texts.items() if text}


def _identifier() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()


def _fingerprint(language: str, texts: dict[str, str]) -> str:
    said = json.dumps([language, sorted(texts.items())], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
