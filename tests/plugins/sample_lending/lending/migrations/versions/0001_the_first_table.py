"""The table of things."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "lending_thing",
        sa.Column("city_id", sa.String(16), nullable=False),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("sort_key", sa.String(200), nullable=False),
        sa.Column("keeper_id", sa.String(16), nullable=True),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_lending_thing_city_id"),
        sa.ForeignKeyConstraint(
            ["city_id", "keeper_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_lending_thing_city_id_keeper_id",
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_lending_thing"),
    )
    op.create_index("ix_lending_thing_order", "lending_thing", ["city_id", "sort_key", "id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_lending_thing_order", table_name="lending_thing")
    op.drop_table("lending_thing")
