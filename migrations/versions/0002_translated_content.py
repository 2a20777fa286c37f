"""Translated content and the glossary of a city."""

import base64
import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def sort_key(length: int) -> sa.String:
    """PostgreSQL orders by the key's characters, not by its locale."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


TEXT = sa.table(
    "content_text",
    *(sa.column(name, sa.String) for name in ("city_id", "id", "plugin", "kind", "record_id", "language", "state")),
    sa.column("original", sa.Boolean),
    sa.column("texts", sa.JSON),
    sa.column("source", sa.JSON),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("version", sa.Integer),
    sa.column("shared", sa.Boolean),
    sa.column("fingerprint", sa.String),
)  # fmt: skip


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "content_text",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.String(length=16), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("needed_on", sa.Date(), nullable=True),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "approved_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_content_text_city_id_approved_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_content_text_city_id_made_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_content_text_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_content_text"),
        sa.UniqueConstraint(
            "city_id",
            "plugin",
            "kind",
            "record_id",
            "language",
            name="uq_content_text_city_id_plugin_kind_record_id_language",
        ),
    )
    op.create_index(
        "ix_content_text_counted",
        "content_text",
        ["city_id", "shared", "plugin", "kind", "language", "state"],
    )
    op.create_index(
        "ix_content_text_needed",
        "content_text",
        ["city_id", "original", "shared", "needed_on", "id"],
    )
    op.create_index("ix_content_text_same", "content_text", ["city_id", "fingerprint"])
    op.create_table(
        "content_term",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("shipped_as", sa.String(length=60), nullable=False),
        sa.Column("sort_key", sort_key(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "changed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_content_term_city_id_changed_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_content_term_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_content_term"),
    )
    op.create_index("ix_content_term_order", "content_term", ["city_id", "sort_key", "id"])
    _take_over_names()


def downgrade() -> None:
    """Go back; the names stay where they were."""
    op.drop_table("content_term")
    op.drop_table("content_text")


def _take_over_names() -> None:
    """The names that cities and organisations have already, with their states."""
    connection = op.get_bind()
    cities = {}
    rows: list[dict[str, Any]] = []
    for city_id, names, networks, official, working in connection.execute(
        sa.text(
            "SELECT id, names, body_names, official_languages, working_languages FROM cities_city"
        )
    ):
        languages = list(dict.fromkeys([*_read(official, []), *_read(working, [])]))
        cities[city_id] = languages
        named = {"name": _read(names, {}), "network": _read(networks, {})}
        texts: dict[str, dict[str, str]] = {}
        for field, by_language in named.items():
            for language, text in by_language.items():
                if text:
                    texts.setdefault(language, {})[field] = text
        rows += _rows_of("cities", "city", city_id, city_id, texts, languages)
    for city_id, identifier, names in connection.execute(
        sa.text("SELECT city_id, id, names FROM identity_organisation")
    ):
        texts = {code: {"name": text} for code, text in _read(names, {}).items() if text}
        rows += _rows_of(
            "identity", "organisation", city_id, identifier, texts, cities.get(city_id, [])
        )
    if rows:
        op.bulk_insert(TEXT, rows)


def _read(value: Any, otherwise: Any) -> Any:
    """A JSON column as plain SQL gives it: decoded on one database, as text on the other."""
    return (json.loads(value) if isinstance(value, str) else value) or otherwise


def _rows_of(
    plugin: str,
    kind: str,
    city_id: str,
    identifier: str,
    texts: dict[str, dict[str, str]],
    languages: list[str],
) -> list[dict[str, Any]]:
    """The first of the city's languages that has a name is the original, the others are translated from it."""
    if not texts:
        return []
    first = next((code for code in languages if code in texts), next(iter(texts)))
    return [
        {
            "city_id": city_id,
            "id": base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower(),
            "plugin": plugin,
            "kind": kind,
            "record_id": identifier,
            "language": code,
            "original": code == first,
            "state": "original" if code == first else "translated",
            "texts": said,
            "source": {} if code == first else texts[first],
            "made_at": datetime.now(UTC),
            "version": 1,
            "shared": True,
            "fingerprint": _fingerprint(code, said) if code == first else "",
        }
        for code, said in texts.items()
    ]


def _fingerprint(language: str, texts: dict[str, str]) -> str:
    said = json.dumps([language, sorted(texts.items())], ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
