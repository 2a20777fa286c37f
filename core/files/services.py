"""What can be done with attachments. Flushes, never commits; the files follow the transaction."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from flask import current_app
from sqlalchemy import and_, bindparam, func, or_, select
from werkzeug.datastructures import FileStorage

from core import tenancy
from core.audit.services import record
from core.database import db
from core.files import store
from core.files.content import recognise
from core.files.models import Attachment
from core.files.names import clean_file_name, with_ending
from core.files.refusals import UploadRefused
from core.i18n import format_number, ngettext
from core.i18n import gettext as _
from core.values import Ref, Viewer

__all__ = [
    "UploadRefused",
    "attachments_of",
    "attachments_on",
    "copy_attachments",
    "file_of",
    "find_attachment",
    "remove_attachment",
    "save_upload",
    "sweep_orphans",
]

MEGABYTE = 1024 * 1024


def save_upload(ref: Ref, upload: FileStorage, viewer: Viewer | None) -> Attachment:
    """Keep an uploaded file as an attachment of ``ref``; ``viewer`` is who sends it, None for the system itself.

    What the file is, is told by its content. Raises :class:`UploadRefused` with a sentence for the sender.
    """
    city_id = tenancy.current_city_id()
    name = clean_file_name(upload.filename)
    with store.incoming() as path:
        size, digest = _receive(upload, path)
        kind = recognise(path, name)
        _check_room(size)
        stored_as = store.keep(path, city_id)
    if _BY_PICTURE_NAME.get(name.rpartition(".")[2].lower(), kind.ending) != kind.ending:
        name = with_ending(name, kind.ending)
    attachment = Attachment(
        ref_plugin=ref.plugin,
        ref_kind=ref.kind,
        ref_id=ref.id,
        name=name,
        media_type=kind.media_type,
        size=size,
        sha256=digest,
        stored_as=stored_as,
        uploaded_by=viewer.membership_id if viewer else None,
    )
    db.session.add(attachment)
    db.session.flush()
    record("file.added", subject=ref, details={"attachment": attachment.id, "type": kind.ending})
    return attachment


# Pictures may come under one another's ending; they leave under their own.
_BY_PICTURE_NAME = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp", "gif": "gif"}


def _receive(upload: FileStorage, path: Path) -> tuple[int, str]:
    limit = current_app.config["FILES_MOST_MEGABYTES"]
    digest = hashlib.sha256()
    size = 0
    with path.open("wb") as file:
        while chunk := upload.stream.read(256 * 1024):
            size += len(chunk)
            if size > limit * MEGABYTE:
                raise UploadRefused(
                    ngettext(
                        "The file is larger than %(num)s megabyte. Make it smaller and send it again.",
                        "The file is larger than %(num)s megabytes. Make it smaller and send it again.",
                        limit,
                    )
                )
            digest.update(chunk)
            file.write(chunk)
    if not size:
        raise UploadRefused(_("The file is empty."))
    return size, digest.hexdigest()


def _check_room(size: int) -> None:
    quota = current_app.config["FILES_QUOTA_MEGABYTES"]
    used = db.session.scalar(select(func.coalesce(func.sum(Attachment.size), 0))) or 0
    if used + size > quota * MEGABYTE:
        raise UploadRefused(
            _(
                "The city’s room for files, %(megabytes)s megabytes, is full. Remove files that are no longer "
                "needed, or ask the city administrator.",
                megabytes=format_number(quota),
            )
        )


_ATTACHMENTS = (
    select(Attachment)
    .where(
        Attachment.ref_plugin == bindparam("ref_plugin"),
        Attachment.ref_kind == bindparam("ref_kind"),
        Attachment.ref_id == bindparam("ref_id"),
    )
    .order_by(Attachment.uploaded_at, Attachment.id)
)


def attachments_of(ref: Ref) -> list[Attachment]:
    """The attachments of a record, oldest first. The caller has checked that the reader may see the record."""
    return list(
        db.session.scalars(
            _ATTACHMENTS,
            {"ref_plugin": ref.plugin, "ref_kind": ref.kind, "ref_id": ref.id},
        )
    )


def attachments_on(refs: Sequence[Ref]) -> dict[Ref, list[Attachment]]:
    """The attachments of several records, oldest first; one query.

    The caller has checked that the reader may see the records.
    """
    found: dict[Ref, list[Attachment]] = {}
    by_kind: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        by_kind.setdefault((ref.plugin, ref.kind), []).append(ref.id)
    if not by_kind:
        return {}
    wanted = [
        and_(
            Attachment.ref_plugin == plugin, Attachment.ref_kind == kind, Attachment.ref_id.in_(ids)
        )
        for (plugin, kind), ids in by_kind.items()
    ]
    rows = db.session.scalars(
        select(Attachment).where(or_(*wanted)).order_by(Attachment.uploaded_at, Attachment.id)
    )
    for row in rows:
        found.setdefault(row.ref, []).append(row)
    return found


def copy_attachments(
    copies: Mapping[Ref, Ref], viewer: Viewer | None, *, refuse: bool = False
) -> None:
    """Hang what is attached to some records, the keys, on others, the values, as well: a copy of each file.

    The caller has checked that whoever reads the new record may read the old one. The same file under the same name
    is not hung there twice, and what is missing on the disk is left out. Where the city has no room left, nothing is
    copied; with ``refuse`` that raises :class:`UploadRefused`.
    """
    found = attachments_on([*copies, *copies.values()])
    there = {(to, row.name, row.sha256) for to in set(copies.values()) for row in found.get(to, ())}
    rows = [
        (row, path)
        for of, to in copies.items()
        for row in found.get(of, ())
        if (to, row.name, row.sha256) not in there and (path := file_of(row)) is not None
    ]
    if not rows:
        return
    try:
        _check_room(sum(row.size for row, _path in rows))
    except UploadRefused:
        if refuse:
            raise
        return
    for row, path in rows:
        to = copies[row.ref]
        with store.incoming() as waiting:
            shutil.copyfile(path, waiting)
            stored_as = store.keep(waiting, row.city_id)
        copy = Attachment(
            ref_plugin=to.plugin,
            ref_kind=to.kind,
            ref_id=to.id,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            stored_as=stored_as,
            uploaded_by=viewer.membership_id if viewer else None,
        )
        db.session.add(copy)
        db.session.flush()
        record("file.added", subject=to, details={"attachment": copy.id, "from": row.id})


def file_of(attachment: Attachment) -> Path | None:
    """Where the bytes of an attachment are; None where they are missing."""
    path = store.path_of(attachment.city_id, attachment.stored_as)
    return path if path.is_file() else None


def find_attachment(attachment_id: str) -> Attachment | None:
    """The attachment of the city in force with that identifier, or None."""
    return db.session.get(Attachment, (tenancy.current_city_id(), attachment_id))


def remove_attachment(attachment: Attachment) -> None:
    """Remove an attachment; its file goes when the change is committed."""
    store.remove(attachment.city_id, attachment.stored_as)
    record("file.removed", subject=attachment.ref, details={"attachment": attachment.id})
    db.session.delete(attachment)
    db.session.flush()


def sweep_orphans() -> int:
    """Remove files that belong to no attachment and no export of any city; returns how many. Run once a day."""
    from core.cities.services import all_cities
    from core.exporting.models import Export

    known: dict[str, set[str]] = {}
    for city in all_cities():
        with tenancy.city_scope(city):
            known[city.id] = set(db.session.scalars(select(Attachment.stored_as)))
            kept = db.session.scalars(select(Export.stored_as).where(Export.stored_as.is_not(None)))
            known[city.id] |= {name for name in kept if name}
    return store.sweep(known)
