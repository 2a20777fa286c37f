"""Words of the interface that readers reported."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "wording_report",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=60), nullable=False),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("msgid", sa.Text(), nullable=False),
        sa.Column("msgid_plural", sa.Text(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("current", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("suggestion", sa.Text(), nullable=False),
        sa.Column("page", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("open_key", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_by", sa.String(length=16), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "settled_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_wording_report_city_id_settled_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_wording_report_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_wording_report"),
        sa.UniqueConstraint("city_id", "open_key", name="uq_wording_report_city_id_open_key"),
    )
    op.create_index(
        "ix_wording_report_list",
        "wording_report",
        ["city_id", "state", "last_at", "id"],
        unique=False,
    )
    op.create_table(
        "wording_reporter",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("report_id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "report_id"],
            ["wording_report.city_id", "wording_report.id"],
            name="fk_wording_reporter_city_id_report_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_wording_reporter_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_wording_reporter_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_wording_reporter"),
        sa.UniqueConstraint(
            "city_id",
            "report_id",
            "membership_id",
            name="uq_wording_reporter_city_id_report_id_membership_id",
        ),
    )
    op.create_index(
        "ix_wording_reporter_membership",
        "wording_reporter",
        ["city_id", "membership_id", "at"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_wording_reporter_membership", table_name="wording_reporter")
    op.drop_table("wording_reporter")
    op.drop_index("ix_wording_report_list", table_name="wording_report")
    op.drop_table("wording_report")
