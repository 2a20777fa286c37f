"""Exports that the worker makes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "exporting_export",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("list_name", sa.String(length=60), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("file_kind", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.String(length=160), nullable=False),
        sa.Column("stored_as", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_exporting_export_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_exporting_export_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_exporting_export"),
        sa.UniqueConstraint("stored_as", name="uq_exporting_export_stored_as"),
    )
    op.create_index(
        "ix_exporting_export_expires", "exporting_export", ["city_id", "expires_at"], unique=False
    )
    op.create_index(
        "ix_exporting_export_membership",
        "exporting_export",
        ["city_id", "membership_id", "asked_at"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("exporting_export")
