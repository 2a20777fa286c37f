"""The first tables of activities."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def sort_key(length: int) -> sa.String:
    """PostgreSQL orders by the key's characters, not by its locale."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "activities_series",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("wall_start", sa.DateTime(), nullable=False),
        sa.Column("wall_end", sa.DateTime(), nullable=True),
        sa.Column("rdates", sa.JSON(), nullable=False),
        sa.Column("exdates", sa.JSON(), nullable=False),
        sa.Column("filled_until", sa.Date(), nullable=True),
        sa.Column("source_uid", sa.String(length=255), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_activities_series_city_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_activities_series_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_activities_series"),
    )
    op.create_index(
        "ix_activities_series_source",
        "activities_series",
        ["city_id", "organisation_id", "source_uid"],
        unique=False,
    )
    op.create_table(
        "activities_activity",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("logged_by", sa.String(length=16), nullable=True),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("target_groups", sa.Text(), nullable=False),
        sa.Column("languages_used", sa.Text(), nullable=False),
        sa.Column("all_day", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("wall_start", sa.DateTime(), nullable=False),
        sa.Column("wall_end", sa.DateTime(), nullable=True),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", sa.String(length=500), nullable=False),
        sa.Column("place_sensitive", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("attendances", sa.Integer(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("by_sex", sa.JSON(), nullable=False),
        sa.Column("by_age", sa.JSON(), nullable=False),
        sa.Column("budget_planned", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("budget_spent", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("worked", sa.Text(), nullable=False),
        sa.Column("not_worked", sa.Text(), nullable=False),
        sa.Column("objective", sa.String(length=300), nullable=False),
        sa.Column("funding", sa.String(length=300), nullable=False),
        sa.Column("visibility", sa.String(length=12), nullable=False),
        sa.Column("uid", sa.String(length=255), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.String(length=16), nullable=True),
        sa.Column("occurrence_key", sa.String(length=40), nullable=True),
        sa.Column("overrides", sa.Text(), nullable=False),
        sa.Column("source_uid", sa.String(length=255), nullable=True),
        sa.Column("source_for", sa.String(length=16), nullable=True),
        sa.Column("source_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("source_values", sa.JSON(), nullable=False),
        sa.Column("sort_key", sort_key(300), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "logged_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_activities_activity_city_id_logged_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_activities_activity_city_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "series_id"],
            ["activities_series.city_id", "activities_series.id"],
            name="fk_activities_activity_city_id_series_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_activities_activity_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_activities_activity"),
        sa.UniqueConstraint(
            "city_id",
            "series_id",
            "occurrence_key",
            name="uq_activities_activity_city_id_series_id_occurrence_key",
        ),
    )
    op.create_index(
        "ix_activities_activity_counted",
        "activities_activity",
        [
            "city_id",
            "start_date",
            "visibility",
            "organisation_id",
            "logged_by",
            "status",
            "participants",
            "end_date",
        ],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_created",
        "activities_activity",
        ["city_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_date",
        "activities_activity",
        ["city_id", "start_utc", "id", "end_utc"],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_end", "activities_activity", ["city_id", "end_utc"], unique=False
    )
    op.create_index(
        "ix_activities_activity_organisation",
        "activities_activity",
        ["city_id", "organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_participants",
        "activities_activity",
        ["city_id", "participants", "id"],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_source",
        "activities_activity",
        ["city_id", "source_uid", "source_for"],
        unique=False,
    )
    op.create_index(
        "ix_activities_activity_title",
        "activities_activity",
        ["city_id", "sort_key", "id"],
        unique=False,
    )
    op.create_table(
        "activities_import",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_activities_import_city_id_made_by",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_activities_import_city_id_organisation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_activities_import_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_activities_import"),
    )
    op.create_table(
        "activities_change",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("activity_id", sa.String(length=16), nullable=False),
        sa.Column("changed_by", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "activity_id"],
            ["activities_activity.city_id", "activities_activity.id"],
            name="fk_activities_change_city_id_activity_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "changed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_activities_change_city_id_changed_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_activities_change_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_activities_change"),
    )
    op.create_index(
        "ix_activities_change_activity",
        "activities_change",
        ["city_id", "activity_id", "version"],
        unique=False,
    )
    op.create_table(
        "activities_partner",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("activity_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "activity_id"],
            ["activities_activity.city_id", "activities_activity.id"],
            name="fk_activities_partner_city_id_activity_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_activities_partner_city_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_activities_partner_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_activities_partner"),
        sa.UniqueConstraint(
            "city_id",
            "activity_id",
            "organisation_id",
            name="uq_activities_partner_city_id_activity_id_organisation_id",
        ),
    )
    op.create_index(
        "ix_activities_partner_organisation",
        "activities_partner",
        ["city_id", "organisation_id", "activity_id"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_activities_partner_organisation", table_name="activities_partner")
    op.drop_table("activities_partner")
    op.drop_index("ix_activities_change_activity", table_name="activities_change")
    op.drop_table("activities_change")
    op.drop_table("activities_import")
    op.drop_index("ix_activities_activity_title", table_name="activities_activity")
    op.drop_index("ix_activities_activity_source", table_name="activities_activity")
    op.drop_index("ix_activities_activity_participants", table_name="activities_activity")
    op.drop_index("ix_activities_activity_organisation", table_name="activities_activity")
    op.drop_index("ix_activities_activity_end", table_name="activities_activity")
    op.drop_index("ix_activities_activity_date", table_name="activities_activity")
    op.drop_index("ix_activities_activity_created", table_name="activities_activity")
    op.drop_index("ix_activities_activity_counted", table_name="activities_activity")
    op.drop_table("activities_activity")
    op.drop_index("ix_activities_series_source", table_name="activities_series")
    op.drop_table("activities_series")
