"""The first tables of meetings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "meetings_body",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("readers", sa.String(length=10), nullable=False),
        sa.Column("rhythm", sa.String(length=12), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("on_holidays", sa.String(length=10), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column(
            "sort_key",
            sa.String(length=200).with_variant(sa.String(length=200, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_body_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_body")),
    )
    op.create_index(
        "ix_meetings_body_order",
        "meetings_body",
        ["city_id", "active", "sort_key", "id"],
        unique=False,
    )
    op.create_table(
        "meetings_quorum_rule",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("body_id", sa.String(length=16), nullable=False),
        sa.Column("item_kind", sa.String(length=40), nullable=False),
        sa.Column("counted", sa.String(length=14), nullable=False),
        sa.Column("least", sa.Integer(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("sectors", sa.JSON(), nullable=False),
        sa.Column("chair_present", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "body_id"],
            ["meetings_body.city_id", "meetings_body.id"],
            name=op.f("fk_meetings_quorum_rule_city_id_body_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_quorum_rule_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_quorum_rule")),
        sa.UniqueConstraint(
            "city_id",
            "body_id",
            "item_kind",
            name=op.f("uq_meetings_quorum_rule_city_id_body_id_item_kind"),
        ),
    )
    op.create_table(
        "meetings_standing_item",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("body_id", sa.String(length=16), nullable=False),
        sa.Column("meeting_type", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "body_id"],
            ["meetings_body.city_id", "meetings_body.id"],
            name=op.f("fk_meetings_standing_item_city_id_body_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_standing_item_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_standing_item")),
    )
    op.create_index(
        "ix_meetings_standing_item_order",
        "meetings_standing_item",
        ["city_id", "body_id", "meeting_type", "position"],
        unique=False,
    )
    op.create_table(
        "meetings_body_member",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("body_id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("substitute_for", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "body_id"],
            ["meetings_body.city_id", "meetings_body.id"],
            name=op.f("fk_meetings_body_member_city_id_body_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_body_member_city_id_membership_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "substitute_for"],
            ["meetings_body_member.city_id", "meetings_body_member.id"],
            name=op.f("fk_meetings_body_member_city_id_substitute_for"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_body_member_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_body_member")),
        sa.UniqueConstraint(
            "city_id",
            "body_id",
            "membership_id",
            name=op.f("uq_meetings_body_member_city_id_body_id_membership_id"),
        ),
    )
    op.create_index(
        "ix_meetings_body_member_membership",
        "meetings_body_member",
        ["city_id", "membership_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_body_member_substitute",
        "meetings_body_member",
        ["city_id", "substitute_for"],
        unique=False,
    )
    op.create_table(
        "meetings_meeting",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("body_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("wall_start", sa.DateTime(), nullable=False),
        sa.Column("wall_end", sa.DateTime(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("series_date", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("mode", sa.String(length=12), nullable=False),
        sa.Column("online_url", sa.String(length=500), nullable=False),
        sa.Column("chair_id", sa.String(length=16), nullable=True),
        sa.Column("secretary_id", sa.String(length=16), nullable=True),
        sa.Column("previous_id", sa.String(length=16), nullable=True),
        sa.Column("approved_in", sa.String(length=16), nullable=True),
        sa.Column("uid", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("convened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_item", sa.String(length=16), nullable=True),
        sa.Column("circulated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comments_until", sa.Date(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.String(length=16), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "approved_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_meeting_city_id_approved_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "approved_in"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_meeting_city_id_approved_in"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "body_id"],
            ["meetings_body.city_id", "meetings_body.id"],
            name=op.f("fk_meetings_meeting_city_id_body_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "chair_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_meeting_city_id_chair_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "created_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_meeting_city_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "previous_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_meeting_city_id_previous_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "secretary_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_meeting_city_id_secretary_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_meeting_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_meeting")),
        sa.UniqueConstraint(
            "city_id", "body_id", "number", name=op.f("uq_meetings_meeting_city_id_body_id_number")
        ),
    )
    op.create_index(
        "ix_meetings_meeting_body",
        "meetings_meeting",
        ["city_id", "body_id", "start_utc", "id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_meeting_date",
        "meetings_meeting",
        ["city_id", "start_utc", "id", "end_utc"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_meeting_previous", "meetings_meeting", ["city_id", "previous_id"], unique=False
    )
    op.create_index(
        "ix_meetings_meeting_state",
        "meetings_meeting",
        ["city_id", "state", "start_utc"],
        unique=False,
    )
    op.create_table(
        "meetings_quorum_organisation",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("rule_id", sa.String(length=16), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name=op.f("fk_meetings_quorum_organisation_city_id_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "rule_id"],
            ["meetings_quorum_rule.city_id", "meetings_quorum_rule.id"],
            name=op.f("fk_meetings_quorum_organisation_city_id_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_quorum_organisation_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_quorum_organisation")),
        sa.UniqueConstraint(
            "city_id",
            "rule_id",
            "organisation_id",
            name=op.f("uq_meetings_quorum_organisation_city_id_rule_id_organisation_id"),
        ),
    )
    op.create_index(
        "ix_meetings_quorum_organisation_organisation",
        "meetings_quorum_organisation",
        ["city_id", "organisation_id"],
        unique=False,
    )
    op.create_table(
        "meetings_approval",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("minutes_version", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("approved_by", sa.String(length=16), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "approved_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_approval_city_id_approved_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_approval_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_approval_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_approval")),
        sa.UniqueConstraint(
            "city_id", "meeting_id", "language", "minutes_version", name="uq_meetings_approval_once"
        ),
    )
    op.create_table(
        "meetings_attendance",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=True),
        sa.Column("organisation_id", sa.String(length=16), nullable=True),
        sa.Column("guest_name", sa.String(length=120), nullable=False),
        sa.Column("guest_organisation", sa.String(length=200), nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("stands_for", sa.String(length=16), nullable=True),
        sa.Column("apology", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_attendance_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_attendance_city_id_membership_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name=op.f("fk_meetings_attendance_city_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "stands_for"],
            ["meetings_attendance.city_id", "meetings_attendance.id"],
            name=op.f("fk_meetings_attendance_city_id_stands_for"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_attendance_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_attendance")),
        sa.UniqueConstraint(
            "city_id",
            "meeting_id",
            "membership_id",
            name=op.f("uq_meetings_attendance_city_id_meeting_id_membership_id"),
        ),
    )
    op.create_index(
        "ix_meetings_attendance_membership",
        "meetings_attendance",
        ["city_id", "membership_id", "meeting_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_attendance_organisation",
        "meetings_attendance",
        ["city_id", "organisation_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_attendance_stands",
        "meetings_attendance",
        ["city_id", "stands_for"],
        unique=False,
    )
    op.create_table(
        "meetings_change",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "changed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_change_city_id_changed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_change_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_change_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_change")),
    )
    op.create_index(
        "ix_meetings_change_meeting",
        "meetings_change",
        ["city_id", "meeting_id", "changed_at", "id"],
        unique=False,
    )
    op.create_table(
        "meetings_document",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_document_city_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_document_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_document_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_document")),
        sa.UniqueConstraint(
            "city_id",
            "meeting_id",
            "kind",
            "audience",
            "number",
            name=op.f("uq_meetings_document_city_id_meeting_id_kind_audience_number"),
        ),
    )
    op.create_table(
        "meetings_proposal",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("body_id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", sa.String(length=16), nullable=True),
        sa.Column("proposed_by", sa.String(length=16), nullable=True),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("answered_by", sa.String(length=16), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discussed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "answered_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_proposal_city_id_answered_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "body_id"],
            ["meetings_body.city_id", "meetings_body.id"],
            name=op.f("fk_meetings_proposal_city_id_body_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_proposal_city_id_meeting_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "organisation_id"],
            ["identity_organisation.city_id", "identity_organisation.id"],
            name=op.f("fk_meetings_proposal_city_id_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "proposed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_proposal_city_id_proposed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_proposal_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_proposal")),
    )
    op.create_index(
        "ix_meetings_proposal_mine",
        "meetings_proposal",
        ["city_id", "proposed_by", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_proposal_subject",
        "meetings_proposal",
        ["city_id", "ref_plugin", "ref_kind", "ref_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_proposal_waiting",
        "meetings_proposal",
        ["city_id", "body_id", "state", "created_at"],
        unique=False,
    )
    op.create_table(
        "meetings_statement",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_statement_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_statement_city_id_membership_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_statement_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_statement")),
        sa.UniqueConstraint(
            "city_id",
            "meeting_id",
            "membership_id",
            name=op.f("uq_meetings_statement_city_id_meeting_id_membership_id"),
        ),
    )
    op.create_index(
        "ix_meetings_statement_membership",
        "meetings_statement",
        ["city_id", "membership_id", "meeting_id"],
        unique=False,
    )
    op.create_table(
        "meetings_item",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("background", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("presenter_id", sa.String(length=16), nullable=True),
        sa.Column("presenter_name", sa.String(length=120), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ref_plugin", sa.String(length=60), nullable=False),
        sa.Column("ref_kind", sa.String(length=60), nullable=False),
        sa.Column("ref_id", sa.String(length=40), nullable=False),
        sa.Column("about_meeting", sa.String(length=16), nullable=True),
        sa.Column("carried_from", sa.String(length=16), nullable=True),
        sa.Column("proposal_id", sa.String(length=16), nullable=True),
        sa.Column("added_by", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "about_meeting"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_item_city_id_about_meeting"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "added_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_item_city_id_added_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "carried_from"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_item_city_id_carried_from"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_item_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "presenter_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_item_city_id_presenter_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "proposal_id"],
            ["meetings_proposal.city_id", "meetings_proposal.id"],
            name=op.f("fk_meetings_item_city_id_proposal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_item_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_item")),
    )
    op.create_index(
        "ix_meetings_item_carried", "meetings_item", ["city_id", "carried_from"], unique=False
    )
    op.create_index(
        "ix_meetings_item_order",
        "meetings_item",
        ["city_id", "meeting_id", "position", "id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_item_proposal", "meetings_item", ["city_id", "proposal_id"], unique=False
    )
    op.create_index(
        "ix_meetings_item_subject",
        "meetings_item",
        ["city_id", "ref_plugin", "ref_kind", "ref_id"],
        unique=False,
    )
    op.create_table(
        "meetings_audience_member",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("membership_id", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_audience_member_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "membership_id"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_audience_member_city_id_membership_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_audience_member_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_audience_member")),
        sa.UniqueConstraint(
            "city_id",
            "item_id",
            "membership_id",
            "way",
            name=op.f("uq_meetings_audience_member_city_id_item_id_membership_id_way"),
        ),
    )
    op.create_index(
        "ix_meetings_audience_member_membership",
        "meetings_audience_member",
        ["city_id", "membership_id", "item_id"],
        unique=False,
    )
    op.create_table(
        "meetings_conflict",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("attendance_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("stays", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "attendance_id"],
            ["meetings_attendance.city_id", "meetings_attendance.id"],
            name=op.f("fk_meetings_conflict_city_id_attendance_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_conflict_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_conflict_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_conflict")),
        sa.UniqueConstraint(
            "city_id",
            "item_id",
            "attendance_id",
            name=op.f("uq_meetings_conflict_city_id_item_id_attendance_id"),
        ),
    )
    op.create_index(
        "ix_meetings_conflict_attendance",
        "meetings_conflict",
        ["city_id", "attendance_id"],
        unique=False,
    )
    op.create_table(
        "meetings_decision",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("votes_for", sa.Integer(), nullable=True),
        sa.Column("votes_against", sa.Integer(), nullable=True),
        sa.Column("votes_abstained", sa.Integer(), nullable=True),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("publicity", sa.String(length=10), nullable=False),
        sa.Column("quorate", sa.Boolean(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("replaces_id", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "created_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_decision_city_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_decision_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_decision_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "replaces_id"],
            ["meetings_decision.city_id", "meetings_decision.id"],
            name=op.f("fk_meetings_decision_city_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_decision_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_decision")),
        sa.UniqueConstraint(
            "city_id",
            "meeting_id",
            "apart",
            "number",
            name=op.f("uq_meetings_decision_city_id_meeting_id_apart_number"),
        ),
    )
    op.create_index(
        "ix_meetings_decision_item",
        "meetings_decision",
        ["city_id", "item_id", "number"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_decision_register",
        "meetings_decision",
        ["city_id", "decided_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_decision_replaces",
        "meetings_decision",
        ["city_id", "replaces_id"],
        unique=False,
    )
    op.create_table(
        "meetings_movement",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("attendance_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["city_id", "attendance_id"],
            ["meetings_attendance.city_id", "meetings_attendance.id"],
            name=op.f("fk_meetings_movement_city_id_attendance_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_movement_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "noted_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_movement_city_id_noted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_movement_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_movement")),
    )
    op.create_index(
        "ix_meetings_movement_attendance",
        "meetings_movement",
        ["city_id", "attendance_id", "at"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_movement_item", "meetings_movement", ["city_id", "item_id"], unique=False
    )
    op.create_table(
        "meetings_note",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=16), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "changed_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_note_city_id_changed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_note_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_note_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_note")),
        sa.UniqueConstraint("city_id", "item_id", name=op.f("uq_meetings_note_city_id_item_id")),
    )
    op.create_table(
        "meetings_correction",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("meeting_id", sa.String(length=16), nullable=False),
        sa.Column("item_id", sa.String(length=16), nullable=True),
        sa.Column("decision_id", sa.String(length=16), nullable=True),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("minutes_version", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "decision_id"],
            ["meetings_decision.city_id", "meetings_decision.id"],
            name=op.f("fk_meetings_correction_city_id_decision_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "item_id"],
            ["meetings_item.city_id", "meetings_item.id"],
            name=op.f("fk_meetings_correction_city_id_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "made_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_correction_city_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "meeting_id"],
            ["meetings_meeting.city_id", "meetings_meeting.id"],
            name=op.f("fk_meetings_correction_city_id_meeting_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_correction_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_correction")),
    )
    op.create_index(
        "ix_meetings_correction_decision",
        "meetings_correction",
        ["city_id", "decision_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_correction_item", "meetings_correction", ["city_id", "item_id"], unique=False
    )
    op.create_index(
        "ix_meetings_correction_meeting",
        "meetings_correction",
        ["city_id", "meeting_id", "minutes_version"],
        unique=False,
    )
    op.create_table(
        "meetings_dissent",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("decision_id", sa.String(length=16), nullable=False),
        sa.Column("attendance_id", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "attendance_id"],
            ["meetings_attendance.city_id", "meetings_attendance.id"],
            name=op.f("fk_meetings_dissent_city_id_attendance_id"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "decision_id"],
            ["meetings_decision.city_id", "meetings_decision.id"],
            name=op.f("fk_meetings_dissent_city_id_decision_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_dissent_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_dissent")),
    )
    op.create_index(
        "ix_meetings_dissent_attendance",
        "meetings_dissent",
        ["city_id", "attendance_id"],
        unique=False,
    )
    op.create_index(
        "ix_meetings_dissent_decision",
        "meetings_dissent",
        ["city_id", "decision_id", "position"],
        unique=False,
    )
    op.create_table(
        "meetings_earlier_note",
        sa.Column("city_id", sa.String(length=16), nullable=False),
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("note_id", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("written_by", sa.String(length=16), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id", "note_id"],
            ["meetings_note.city_id", "meetings_note.id"],
            name=op.f("fk_meetings_earlier_note_city_id_note_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["city_id", "written_by"],
            ["identity_membership.city_id", "identity_membership.id"],
            name=op.f("fk_meetings_earlier_note_city_id_written_by"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["cities_city.id"], name=op.f("fk_meetings_earlier_note_city_id")
        ),
        sa.PrimaryKeyConstraint("city_id", "id", name=op.f("pk_meetings_earlier_note")),
    )
    op.create_index(
        "ix_meetings_earlier_note_note",
        "meetings_earlier_note",
        ["city_id", "note_id", "version"],
        unique=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_meetings_earlier_note_note", table_name="meetings_earlier_note")
    op.drop_table("meetings_earlier_note")
    op.drop_index("ix_meetings_dissent_decision", table_name="meetings_dissent")
    op.drop_index("ix_meetings_dissent_attendance", table_name="meetings_dissent")
    op.drop_table("meetings_dissent")
    op.drop_index("ix_meetings_correction_meeting", table_name="meetings_correction")
    op.drop_index("ix_meetings_correction_item", table_name="meetings_correction")
    op.drop_index("ix_meetings_correction_decision", table_name="meetings_correction")
    op.drop_table("meetings_correction")
    op.drop_table("meetings_note")
    op.drop_index("ix_meetings_movement_item", table_name="meetings_movement")
    op.drop_index("ix_meetings_movement_attendance", table_name="meetings_movement")
    op.drop_table("meetings_movement")
    op.drop_index("ix_meetings_decision_replaces", table_name="meetings_decision")
    op.drop_index("ix_meetings_decision_register", table_name="meetings_decision")
    op.drop_index("ix_meetings_decision_item", table_name="meetings_decision")
    op.drop_table("meetings_decision")
    op.drop_index("ix_meetings_conflict_attendance", table_name="meetings_conflict")
    op.drop_table("meetings_conflict")
    op.drop_index("ix_meetings_audience_member_membership", table_name="meetings_audience_member")
    op.drop_table("meetings_audience_member")
    op.drop_index("ix_meetings_item_subject", table_name="meetings_item")
    op.drop_index("ix_meetings_item_proposal", table_name="meetings_item")
    op.drop_index("ix_meetings_item_order", table_name="meetings_item")
    op.drop_index("ix_meetings_item_carried", table_name="meetings_item")
    op.drop_table("meetings_item")
    op.drop_index("ix_meetings_statement_membership", table_name="meetings_statement")
    op.drop_table("meetings_statement")
    op.drop_index("ix_meetings_proposal_waiting", table_name="meetings_proposal")
    op.drop_index("ix_meetings_proposal_subject", table_name="meetings_proposal")
    op.drop_index("ix_meetings_proposal_mine", table_name="meetings_proposal")
    op.drop_table("meetings_proposal")
    op.drop_table("meetings_document")
    op.drop_index("ix_meetings_change_meeting", table_name="meetings_change")
    op.drop_table("meetings_change")
    op.drop_index("ix_meetings_attendance_stands", table_name="meetings_attendance")
    op.drop_index("ix_meetings_attendance_organisation", table_name="meetings_attendance")
    op.drop_index("ix_meetings_attendance_membership", table_name="meetings_attendance")
    op.drop_table("meetings_attendance")
    op.drop_table("meetings_approval")
    op.drop_index(
        "ix_meetings_quorum_organisation_organisation", table_name="meetings_quorum_organisation"
    )
    op.drop_table("meetings_quorum_organisation")
    op.drop_index("ix_meetings_meeting_state", table_name="meetings_meeting")
    op.drop_index("ix_meetings_meeting_previous", table_name="meetings_meeting")
    op.drop_index("ix_meetings_meeting_date", table_name="meetings_meeting")
    op.drop_index("ix_meetings_meeting_body", table_name="meetings_meeting")
    op.drop_table("meetings_meeting")
    op.drop_index("ix_meetings_body_member_substitute", table_name="meetings_body_member")
    op.drop_index("ix_meetings_body_member_membership", table_name="meetings_body_member")
    op.drop_table("meetings_body_member")
    op.drop_index("ix_meetings_standing_item_order", table_name="meetings_standing_item")
    op.drop_table("meetings_standing_item")
    op.drop_table("meetings_quorum_rule")
    op.drop_index("ix_meetings_body_order", table_name="meetings_body")
    op.drop_table("meetings_body")
