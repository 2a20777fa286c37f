"""What the register of decisions is searched and read by."""

import sqlalchemy as sa
from alembic import op

from core.folding import search_key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAMES = ("text", "rationale", "alternatives")
_decision = sa.table(
    "meetings_decision",
    sa.column("city_id", sa.String),
    sa.column("id", sa.String),
    *(sa.column(name, sa.Text) for name in (*_NAMES, "legal_basis", "search_text")),
    sa.column("translations", sa.JSON),
)


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("meetings_decision") as batch:
        batch.add_column(sa.Column("search_text", sa.Text(), nullable=False, server_default=""))
        batch.drop_index("ix_meetings_decision_register")
        batch.create_index(
            "ix_meetings_decision_register",
            ["city_id", "decided_on", "meeting_id", "apart", "number"],
        )
    with op.batch_alter_table("meetings_decision") as batch:
        batch.alter_column("search_text", server_default=None)
    connection = op.get_bind()
    for row in connection.execute(sa.select(_decision)).all():
        texts = [getattr(row, name) for name in (*_NAMES, "legal_basis")]
        for told in (row.translations or {}).values():
            texts += [told.get(name) or "" for name in _NAMES]
        connection.execute(
            sa.update(_decision)
            .where(_decision.c.city_id == row.city_id, _decision.c.id == row.id)
            .values(search_text=search_key(" ".join(texts)))
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("meetings_decision") as batch:
        batch.drop_index("ix_meetings_decision_register")
        batch.create_index("ix_meetings_decision_register", ["city_id", "decided_on", "id"])
        batch.drop_column("search_text")
