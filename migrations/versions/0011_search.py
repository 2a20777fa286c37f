"""What the search finds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def by_character(length: int) -> sa.String:
    """Text that both databases order by its own characters."""
    return sa.String(length=length).with_variant(
        sa.String(length=length, collation="C"), "postgresql"
    )


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "search_document",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=121), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("sort_key", by_character(200), nullable=False),
        sa.Column("thread", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_search_document_city_id"),
        sa.PrimaryKeyConstraint("city_id", "kind", "ref_id", name="pk_search_document"),
    )
    op.create_table(
        "search_term",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=121), nullable=False),
        sa.Column("word", by_character(40), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_search_term_city_id"),
        sa.PrimaryKeyConstraint("city_id", "kind", "word", "ref_id", name="pk_search_term"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("search_term")
    op.drop_table("search_document")
