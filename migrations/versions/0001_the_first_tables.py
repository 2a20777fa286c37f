"""Core’s first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def sort_key(length: int) -> sa.String:
    """PostgreSQL orders by the key's characters, not by its locale."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


# The database itself refuses to change or remove what was recorded.
APPEND_ONLY = {
    "sqlite": [
        """
        CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END
        """,
        """
        CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record
        BEGIN SELECT RAISE(ABORT, 'audit records are never removed'); END
        """,
    ],
    "postgresql": [
        """
        CREATE FUNCTION audit_record_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'audit records are never changed or removed'; END $$
        """,
        """
        CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
        FOR EACH STATEMENT EXECUTE FUNCTION audit_record_refuse()
        """,
    ],
}


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "audit_record",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("city_id", sa.String(length=16), nullable=True),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("membership_id", sa.String(length=16), nullable=True),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=True),
        sa.Column("ref_kind", sa.String(length=60), nullable=True),
        sa.Column("ref_id", sa.String(length=40), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_record"),
    )
    op.create_index(
        "ix_audit_record_city_at", "audit_record", ["city_id", "at", "id"], unique=False
    )
    op.create_table(
        "cities_city",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("body_names", sa.JSON(), nullable=False),
        sa.Column("default_language", sa.String(length=12), nullable=False),
        sa.Column("official_languages", sa.JSON(), nullable=False),
        sa.Column("working_languages", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("accent_light", sa.String(length=7), nullable=False),
        sa.Column("accent_dark", sa.String(length=7), nullable=False),
        sa.Column("arms", sa.String(length=40), nullable=False),
        sa.Column("look_version", sa.Integer(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cities_city"),
        sa.UniqueConstraint("slug", name="uq_cities_city_slug"),
    )
    op.create_table(
        "identity_person",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("fs_webauthn_user_handle", sa.String(length=64), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_person"),
        sa.UniqueConstraint("email", name="uq_identity_person_email"),
        sa.UniqueConstraint("fs_uniquifier", name="uq_identity_person_fs_uniquifier"),
        sa.UniqueConstraint(
            "fs_webauthn_user_handle", name="uq_identity_person_fs_webauthn_user_handle"
        ),
    )
    op.create_table(
        "identity_site_role",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_identity_site_role"),
        sa.UniqueConstraint("name", name="uq_identity_site_role_name"),
    )
    op.create_table(
        "identity_throttle",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_identity_throttle"),
    )
    op.create_table(
        "jobs_job",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("city_id", sa.String(length=16), nullable=True),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=120), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_job"),
        sa.UniqueConstraint("key", name="uq_jobs_job_key"),
    )
    op.create_index(
        "ix_jobs_job_due", "jobs_job", ["done_at", "failed_at", "run_after"], unique=False
    )
    op.create_table(
        "jobs_worker",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs_worker"),
    )
    op.create_table(
        "cities_plugin",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["city_id"], ["cities_city.id"], name="fk_cities_plugin_city_id"),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_cities_plugin"),
        sa.UniqueConstraint("city_id", "name", name="uq_cities_plugin_city_id_name"),
    )
    op.create_table(
        "identity_kept_form",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
            name="fk_identity_kept_form_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_hash", name="pk_identity_kept_form"),
    )
    op.create_index(
        "ix_identity_kept_form_person_id", "identity_kept_form", ["person_id"], unique=False
    )
    op.create_table(
        "identity_organisation",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("sort_key", sort_key(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("services", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=120), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("website", sa.String(length=300), nullable=False),
        sa.Column("agreement_from", sa.Date(), nullable=True),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_identity_organisation_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_identity_organisation"),
    )
    op.create_index(
        "ix_identity_organisation_order",
        "identity_organisation",
        ["city_id", "sort_key", "id"],
        unique=False,
    )
    op.create_table(
        "identity_passkey",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1024), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=True),
        sa.Column("extensions", sa.String(length=255), nullable=True),
        sa.Column("lastuse_datetime", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("usage", sa.String(length=64), nullable=False),
        sa.Column("backup_state", sa.Boolean(), nullable=False),
        sa.Column("device_type", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
            name="fk_identity_passkey_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_identity_passkey_credential_id"),
    )
    op.create_table(
        "identity_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("device", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
            name="fk_identity_session_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_identity_session"),
        sa.UniqueConstraint("public_id", name="uq_identity_session_public_id"),
    )
    op.create_index(
        "ix_identity_session_person_id", "identity_session", ["person_id"], unique=False
    )
    op.create_table(
        "identity_membership",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=16), nullable=True),
        sa.Column("organisation_id", sa.String(length=16), nullable=True),
        sa.Column("shown_name", sa.String(length=120), nullable=False),
        sa.Column("sort_key", sort_key(200), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("position", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name="fk_identity_membership_city_id_organisation_id",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_identity_membership_city_id"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["identity_person.id"], name="fk_identity_membership_person_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_identity_membership"),
    )
    op.create_index(
        "ix_identity_membership_order",
        "identity_membership",
        ["city_id", "sort_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_identity_membership_organisation",
        "identity_membership",
        ["city_id", "organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_identity_membership_person",
        "identity_membership",
        ["person_id", "city_id"],
        unique=False,
    )
    op.create_table(
        "files_attachment",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_as", sa.String(length=40), nullable=False),
        sa.Column("uploaded_by", sa.String(length=16), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "uploaded_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_files_attachment_city_id_uploaded_by",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_files_attachment_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_files_attachment"),
        sa.UniqueConstraint("stored_as", name="uq_files_attachment_stored_as"),
    )
    op.create_index(
        "ix_files_attachment_ref",
        "files_attachment",
        ["city_id", "ref_plugin", "ref_kind", "ref_id"],
        unique=False,
    )
    op.create_table(
        "home_calendar_feed",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_home_calendar_feed_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_home_calendar_feed_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_home_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_home_calendar_feed_token_hash"),
    )
    op.create_index(
        "ix_home_calendar_feed_membership",
        "home_calendar_feed",
        ["city_id", "membership_id"],
        unique=False,
    )
    op.create_table(
        "identity_invitation",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name="fk_identity_invitation_city_id_membership_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name="fk_identity_invitation_city_id"
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name="pk_identity_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_identity_invitation_token_hash"),
    )
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back."""
    op.drop_table("identity_invitation")
    op.drop_index("ix_home_calendar_feed_membership", table_name="home_calendar_feed")
    op.drop_table("home_calendar_feed")
    op.drop_index("ix_files_attachment_ref", table_name="files_attachment")
    op.drop_table("files_attachment")
    op.drop_index("ix_identity_membership_person", table_name="identity_membership")
    op.drop_index("ix_identity_membership_organisation", table_name="identity_membership")
    op.drop_index("ix_identity_membership_order", table_name="identity_membership")
    op.drop_table("identity_membership")
    op.drop_index("ix_identity_session_person_id", table_name="identity_session")
    op.drop_table("identity_session")
    op.drop_table("identity_passkey")
    op.drop_index("ix_identity_organisation_order", table_name="identity_organisation")
    op.drop_table("identity_organisation")
    op.drop_index("ix_identity_kept_form_person_id", table_name="identity_kept_form")
    op.drop_table("identity_kept_form")
    op.drop_table("cities_plugin")
    op.drop_table("jobs_worker")
    op.drop_index("ix_jobs_job_due", table_name="jobs_job")
    op.drop_table("jobs_job")
    op.drop_table("identity_throttle")
    op.drop_table("identity_site_role")
    op.drop_table("identity_person")
    op.drop_table("cities_city")
    op.drop_index("ix_audit_record_city_at", table_name="audit_record")
    op.drop_table("audit_record")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_record_refuse()")
