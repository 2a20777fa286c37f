"""What the search finds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "search_document",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_search_document_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_search_document"),
        sa.UniqueConstraint(
            "city_id",
            "plugin",
            "kind",
            "ref_id",
            name="uq_search_document_city_id_plugin_kind_ref_id",
        ),
    )
    op.create_table(
        "search_term",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("document_id", sa.String(length=16), nullable=False),
        sa.Column(
            "word",
            sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "document_id"],
            ["search_document.city_id", "search_document.id"],
            name="fk_search_term_city_id_document_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_search_term_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_search_term"),
    )
    op.create_index(
        "ix_search_term_document", "search_term", ["city_id", "document_id"], unique=False
    )
    op.create_index(
        "ix_search_term_word",
        "search_term",
        ["city_id", "word", "document_id", "weight"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_search_term_word", table_name="search_term")
    op.drop_index("ix_search_term_document", table_name="search_term")
    op.drop_table("search_term")
    op.drop_table("search_document")
