"""Notifications and reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "notifications_choice",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("in_page", sa.Boolean(), nullable=False),
        sa.Column("mail", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_notifications_choice_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_notifications_choice_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_notifications_choice"),
        sa.UniqueConstraint(
            "city_id",
            "membership_id",
            "kind",
            name="uq_notifications_choice_city_id_membership_id_kind",
        ),
    )
    op.create_table(
        "notifications_notification",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.String(length=16), nullable=True),
        sa.Column("open_key", sa.String(length=200), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_page", sa.Boolean(), nullable=False),
        sa.Column("unread", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "actor_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_notifications_notification_city_id_actor_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_notifications_notification_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_notifications_notification_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_notifications_notification"),
        sa.UniqueConstraint(
            "city_id",
            "membership_id",
            "open_key",
            name="uq_notifications_notification_city_id_membership_id_open_key",
        ),
    )
    op.create_index(
        "ix_notifications_notification_list",
        "notifications_notification",
        ["city_id", "membership_id", "at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_notification_mail",
        "notifications_notification",
        ["mail_due_at", "city_id", "membership_id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_notification_subject",
        "notifications_notification",
        ["city_id", "ref_plugin", "ref_id"],
        unique=False,
    )
    op.create_index(
        "ix_notifications_notification_unread",
        "notifications_notification",
        ["city_id", "membership_id", "unread"],
        unique=False,
    )
    op.create_table(
        "notifications_reminder",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_notifications_reminder_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_notifications_reminder_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_notifications_reminder"),
        sa.UniqueConstraint(
            "city_id",
            "ref_plugin",
            "ref_kind",
            "ref_id",
            "kind",
            "membership_id",
            name="uq_notifications_reminder_once",
        ),
    )
    op.create_index(
        "ix_notifications_reminder_due",
        "notifications_reminder",
        ["sent_at", "remind_at"],
        unique=False,
    )
    with op.batch_alter_table("identity_person") as batch:
        batch.add_column(sa.Column("zone", sa.String(length=64), nullable=False, server_default=""))
    with op.batch_alter_table("identity_person") as batch:
        batch.alter_column("zone", server_default=None)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("identity_person") as batch:
        batch.drop_column("zone")
    op.drop_index("ix_notifications_reminder_due", table_name="notifications_reminder")
    op.drop_table("notifications_reminder")
    op.drop_index("ix_notifications_notification_unread", table_name="notifications_notification")
    op.drop_index("ix_notifications_notification_subject", table_name="notifications_notification")
    op.drop_index("ix_notifications_notification_mail", table_name="notifications_notification")
    op.drop_index("ix_notifications_notification_list", table_name="notifications_notification")
    op.drop_table("notifications_notification")
    op.drop_table("notifications_choice")
