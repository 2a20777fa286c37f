"""Spreadsheets waiting to be imported, and how their columns were matched."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "importing_matching",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_importing_matching_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_importing_matching"),
        sa.UniqueConstraint(
            "city_id",
            "kind",
            "fingerprint",
            name="uq_importing_matching_city_id_kind_fingerprint",
        ),
    )
    op.create_index(
        "ix_importing_matching_used", "importing_matching", ["city_id", "kind", "used_at"]
    )
    op.create_table(
        "importing_source",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("record_id", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_importing_source_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_importing_source"),
        sa.UniqueConstraint(
            "city_id", "kind", "record_id", name="uq_importing_source_city_id_kind_record_id"
        ),
    )
    op.create_index(
        "ix_importing_source_reference", "importing_source", ["city_id", "kind", "reference"]
    )
    op.create_table(
        "importing_pending",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("matching", sa.JSON(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_importing_pending_city_id"
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_importing_pending_city_id_made_by",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_importing_pending"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("importing_pending")
    op.drop_table("importing_source")
    op.drop_table("importing_matching")
