"""Organisations and people that were merged, and what that moved."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MERGEABLE = ("identity_organisation", "identity_membership")


def upgrade() -> None:
    """Go forward."""
    for table in MERGEABLE:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("merged_into", sa.String(length=16), nullable=True))
            batch.create_foreign_key(
                f"fk_{table}_city_id_merged_into",
                table,
                ["city_id", "merged_into"],
                ["city_id", "id"],
            )
    op.create_table(
        "directory_merge",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("kept_id", sa.String(length=16), nullable=False),
        sa.Column("merged_id", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_fields", sa.JSON(), nullable=False),
        sa.Column("merged_fields", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undone_by", sa.String(length=16), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_directory_merge_city_id_made_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "undone_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_directory_merge_city_id_undone_by",
        ),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_directory_merge_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_directory_merge"),
    )
    op.create_index(
        "ix_directory_merge_made", "directory_merge", ["city_id", "made_at", "id"], unique=False
    )
    op.create_table(
        "directory_moved_row",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("merge_id", sa.String(length=16), nullable=False),
        sa.Column("table_name", sa.String(length=80), nullable=False),
        sa.Column("column_name", sa.String(length=80), nullable=False),
        sa.Column("row_id", sa.String(length=16), nullable=False),
        sa.Column("content", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "merge_id"],
            ["directory_merge.city_id", "directory_merge.id"],
            name="fk_directory_moved_row_city_id_merge_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_directory_moved_row_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_directory_moved_row"),
    )
    op.create_index(
        "ix_directory_moved_row_merge",
        "directory_moved_row",
        ["city_id", "merge_id", "table_name", "column_name", "row_id"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_directory_moved_row_merge", table_name="directory_moved_row")
    op.drop_table("directory_moved_row")
    op.drop_index("ix_directory_merge_made", table_name="directory_merge")
    op.drop_table("directory_merge")
    for table in MERGEABLE:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_city_id_merged_into", type_="foreignkey")
            batch.drop_column("merged_into")
