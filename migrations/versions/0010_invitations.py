"""Invitations to events."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "invitations_invitee",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_for", sa.String(length=100), nullable=False),
        sa.Column("invited_by", sa.String(length=16), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.JSON(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "invited_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_invitations_invitee_city_id_invited_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_invitations_invitee_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_invitations_invitee_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_invitations_invitee"),
        sa.UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "email",
            name="uq_invitations_invitee_guest",
        ),
        sa.UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "membership_id",
            name="uq_invitations_invitee_member",
        ),
    )
    op.create_index(
        "ix_invitations_invitee_membership",
        "invitations_invitee",
        ["city_id", "membership_id", "ends_at"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_invitations_invitee_membership", table_name="invitations_invitee")
    op.drop_table("invitations_invitee")
