"""What changing a series needs: what it goes on from, that it was moved here, and what one press changed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("activities_series") as batch:
        batch.add_column(
            sa.Column("moved_here", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("follows_id", sa.String(length=16), nullable=True))
        batch.create_foreign_key(
            "fk_activities_series_city_id_follows_id",
            "activities_series",
            ["city_id", "follows_id"],
            ["city_id", "id"],
        )
        batch.create_index("ix_activities_series_follows", ["city_id", "follows_id"])
    with op.batch_alter_table("activities_series") as batch:
        batch.alter_column("moved_here", server_default=None)
    # Of a series that ends, the day up to which it is filled is now its last date.
    op.execute(
        "UPDATE activities_series SET filled_until = ("
        "SELECT MAX(activities_activity.start_date) FROM activities_activity "
        "WHERE activities_activity.city_id = activities_series.city_id "
        "AND activities_activity.series_id = activities_series.id) "
        "WHERE rule LIKE '%UNTIL=%' OR rule LIKE '%COUNT=%'"
    )
    with op.batch_alter_table("activities_change") as batch:
        batch.add_column(sa.Column("batch", sa.String(length=16), nullable=True))
        batch.create_index("ix_activities_change_batch", ["city_id", "batch"])


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("activities_change") as batch:
        batch.drop_index("ix_activities_change_batch")
        batch.drop_column("batch")
    with op.batch_alter_table("activities_series") as batch:
        batch.drop_index("ix_activities_series_follows")
        batch.drop_constraint("fk_activities_series_city_id_follows_id", type_="foreignkey")
        batch.drop_column("follows_id")
        batch.drop_column("moved_here")
