"""Handover: what a successor must know."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "handover_note",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("written_by", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "written_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_handover_note_city_id_written_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_handover_note_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_handover_note"),
        sa.UniqueConstraint("city_id", name="uq_handover_note_city_id"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("handover_note")
