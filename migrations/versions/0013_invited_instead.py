"""In whose place somebody is invited."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("invitations_invitee") as batch:
        batch.add_column(sa.Column("instead_of", sa.String(length=16), nullable=True))
        batch.create_foreign_key(
            "fk_invitations_invitee_city_id_instead_of",
            "identity_membership",
            ["city_id", "instead_of"],
            ["city_id", "id"],
        )


def downgrade() -> None:
    """Go back. Whoever was invited in somebody's place stays invited."""
    with op.batch_alter_table("invitations_invitee") as batch:
        batch.drop_constraint("fk_invitations_invitee_city_id_instead_of", type_="foreignkey")
        batch.drop_column("instead_of")
