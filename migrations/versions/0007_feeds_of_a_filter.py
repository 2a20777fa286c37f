"""What a calendar feed is narrowed to: a kind, an organisation, a level of prevention."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("home_calendar_feed") as batch:
        batch.add_column(sa.Column("kind", sa.String(length=40), nullable=False, server_default=""))
        batch.add_column(sa.Column("organisation_id", sa.String(length=16), nullable=True))
        batch.add_column(
            sa.Column("level", sa.String(length=24), nullable=False, server_default="")
        )
        batch.create_foreign_key(
            "fk_home_calendar_feed_city_id_organisation_id",
            "identity_organisation",
            ["city_id", "organisation_id"],
            ["city_id", "id"],
            ondelete="CASCADE",
        )
    with op.batch_alter_table("home_calendar_feed") as batch:
        batch.alter_column("kind", server_default=None)
        batch.alter_column("level", server_default=None)


def downgrade() -> None:
    """Go back. A feed that is narrowed ends: without its conditions it would show more than was asked for."""
    op.execute(
        sa.text(
            "DELETE FROM home_calendar_feed"
            " WHERE kind <> '' OR level <> '' OR organisation_id IS NOT NULL"
        )
    )
    with op.batch_alter_table("home_calendar_feed") as batch:
        batch.drop_constraint("fk_home_calendar_feed_city_id_organisation_id", type_="foreignkey")
        batch.drop_column("level")
        batch.drop_column("organisation_id")
        batch.drop_column("kind")
