"""Actions who does what by when."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "actions_action",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("assignee_id", sa.String(length=16), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=14), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "assignee_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_actions_action_city_id_assignee_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "created_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_actions_action_city_id_created_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_actions_action_city_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_actions_action_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_actions_action"),
    )
    op.create_index(
        "ix_actions_action_assignee",
        "actions_action",
        ["city_id", "assignee_id", "closed", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_actions_action_due",
        "actions_action",
        [
            "city_id",
            "closed",
            "due_on",
            "id",
            "restricted",
            "organisation_id",
            "assignee_id",
            "created_by",
        ],
        unique=False,
    )
    op.create_index(
        "ix_actions_action_organisation",
        "actions_action",
        ["city_id", "organisation_id", "closed", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_actions_action_subject",
        "actions_action",
        ["city_id", "ref_plugin", "ref_kind", "ref_id"],
        unique=False,
    )
    op.create_table(
        "actions_change",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("action_id", sa.String(length=16), nullable=False),
        sa.Column("changed_by", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "action_id"],
            ["actions_action.city_id", "actions_action.id"],
            name="fk_actions_change_city_id_action_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "changed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_actions_change_city_id_changed_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_actions_change_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_actions_change"),
    )
    op.create_index(
        "ix_actions_change_action",
        "actions_change",
        ["city_id", "action_id", "version"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_actions_change_action", table_name="actions_change")
    op.drop_table("actions_change")
    op.drop_index("ix_actions_action_subject", table_name="actions_action")
    op.drop_index("ix_actions_action_organisation", table_name="actions_action")
    op.drop_index("ix_actions_action_due", table_name="actions_action")
    op.drop_index("ix_actions_action_assignee", table_name="actions_action")
    op.drop_table("actions_action")
