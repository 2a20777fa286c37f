"""The table of attachments. The bytes are files of the instance folder, never in the database."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import ID_LENGTH, CityOwned, Model, UtcDateTime, city_key, utcnow
from core.values import Ref


class Attachment(CityOwned, Model):
    """A file that hangs on a record of some plugin, named by its ref."""

    __tablename__ = "files_attachment"
    __table_args__ = (
        city_key("identity_membership", "uploaded_by"),
        Index("ix_files_attachment_ref", "city_id", "ref_plugin", "ref_kind", "ref_id"),
        UniqueConstraint("stored_as"),
    )

    ref_plugin: Mapped[str] = mapped_column(String(60))
    ref_kind: Mapped[str] = mapped_column(String(60))
    ref_id: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    stored_as: Mapped[str] = mapped_column(String(40))
    uploaded_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)

    @property
    def ref(self) -> Ref:
        """The record that it hangs on."""
        return Ref(self.ref_plugin, self.ref_kind, self.ref_id)
