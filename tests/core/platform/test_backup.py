"""A backup is whole or refused, and what it brings back is what was there."""

from __future__ import annotations

import io
import json
import random
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, select, text
from werkzeug.datastructures import FileStorage

from core import backup as backups
from core import create_app, schema
from core.audit.models import AuditRecord
from core.audit.services import record
from core.backup import BackupRefused
from core.cities.models import City
from core.database import db, new_id, utcnow, write_intent
from core.files.services import attachments_of, save_upload
from core.tenancy import city_scope
from core.testing.app import TEST_SETTINGS
from core.values import Ref

REF = Ref("activities", "activity", "a" * 16)


@pytest.fixture
def site(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """A migrated site with a city, an attachment, keys and settings, in an application context."""
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "secrets.json").write_text(
        json.dumps(
            {"SECRET_KEY": "k" * 40, "SECURITY_PASSWORD_SALT": "s", "TOTP_SECRETS": {"1": "t"}}
        )
    )
    (instance / "plugins.txt").write_text("some-plugin==1.0\n")
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(instance))
    app = create_app(TEST_SETTINGS | {"DATABASE_URL": migrated_database})
    with app.app_context():
        city = City(slug="alva", names={"en": "Alva"})
        db.session.add(city)
        db.session.flush()
        with city_scope(city):
            save_upload(REF, FileStorage(io.BytesIO(b"kept"), filename="kept.txt"), None)
        db.session.commit()
        db.session.remove()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def other(
    fresh_database: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    """An instance with nothing in it."""
    instance = tmp_path / "other"
    instance.mkdir()
    monkeypatch.setenv("MAILLAGE_INSTANCE", str(instance))
    return create_app(TEST_SETTINGS | {"DATABASE_URL": fresh_database()})


def slugs() -> list[str]:
    found = list(db.session.scalars(select(City.slug).order_by(City.slug)))
    db.session.remove()
    return found


def add_city(slug: str) -> None:
    with write_intent():
        db.session.add(City(slug=slug, names={"en": slug}))
        db.session.commit()
        db.session.remove()


def attachment_text() -> bytes:
    from core.files import store

    city = db.session.scalars(select(City).where(City.slug == "alva")).one()
    with city_scope(city):
        (attachment,) = attachments_of(REF)
        found = store.path_of(attachment.city_id, attachment.stored_as).read_bytes()
    db.session.remove()
    return found


def test_a_backup_holds_everything_but_the_keys(site: Flask, tmp_path: Path) -> None:
    written = backups.make_backup(tmp_path / "b.zip")
    assert written.files == 1
    assert written.path.stat().st_mode & 0o777 == 0o600
    raw = written.path.read_bytes()
    with zipfile.ZipFile(written.path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert "settings/plugins.txt" in archive.namelist()
    assert b"k" * 40 not in everything + raw
    assert list((Path(site.instance_path) / "work").iterdir()) == []


def test_a_backup_comes_back_in_an_empty_place(site: Flask, other: Flask, tmp_path: Path) -> None:
    backup = backups.make_backup(tmp_path / "b.zip").path
    backups.write_keys(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    with other.app_context():
        done = backups.restore(backup, keys=tmp_path / "keys.json")
        assert done.files == 1
        assert slugs() == ["alva"]
        assert attachment_text() == b"kept"
        assert schema.pending() == {}
        for owner in schema.histories():
            assert schema.check_drift(owner) == []
        instance = Path(other.instance_path)
        assert (instance / "secrets.json").stat().st_mode & 0o777 == 0o600
        assert (instance / "plugins.txt").read_text() == "some-plugin==1.0\n"
        assert list((instance / "work").iterdir()) == []
        # What only grows still only grows.
        with pytest.raises(Exception, match="never"):
            db.session.execute(text("DELETE FROM audit_record"))
        db.session.remove()
        db.engine.dispose()


def test_a_session_of_then_opens_nothing_now(site: Flask, tmp_path: Path) -> None:
    from core.identity.models import Person, SessionRow

    person = Person(email="a@b.example", fs_uniquifier=new_id())
    db.session.add(person)
    db.session.flush()
    session = SessionRow(token_hash="h", person_id=person.id, ends_at=utcnow(), idle_minutes=30)
    db.session.add(session)
    db.session.commit()
    db.session.remove()
    backup = backups.make_backup(tmp_path / "b.zip").path
    done = backups.restore(backup, replace=True)
    assert db.session.scalars(select(SessionRow)).all() == []
    assert db.session.scalars(select(Person.email)).all() == ["a@b.example"]
    assert "Everybody signs in anew." in done.notes


def test_keys_that_do_not_belong_are_told(site: Flask, other: Flask, tmp_path: Path) -> None:
    backup = backups.make_backup(tmp_path / "b.zip").path
    with other.app_context():
        done = backups.restore(backup)
        assert any("keys" in note for note in done.notes)
        db.engine.dispose()


def test_what_is_there_is_in_the_way_and_then_moved_aside(site: Flask, tmp_path: Path) -> None:
    backup = backups.make_backup(tmp_path / "b.zip").path
    add_city("later")
    with pytest.raises(BackupRefused, match="already"):
        backups.restore(backup)
    assert slugs() == ["alva", "later"]
    done = backups.restore(backup, replace=True)
    assert slugs() == ["alva"]
    assert attachment_text() == b"kept"
    if db.engine.dialect.name == "sqlite":
        assert done.aside is not None
        assert list(done.aside.glob("*.sqlite"))
    else:
        with db.engine.connect() as connection:
            assert any(
                name.startswith("replaced_") for name in inspect(connection).get_schema_names()
            )
    # And once more, from what was restored.
    add_city("again")
    second = backups.make_backup(tmp_path / "c.zip").path
    backups.restore(second, replace=True)
    assert slugs() == ["again", "alva"]


@pytest.mark.one_database
def test_a_hundred_damages_are_all_refused(site: Flask, tmp_path: Path) -> None:
    whole = backups.make_backup(tmp_path / "b.zip").path.read_bytes()
    damaged = tmp_path / "damaged.zip"
    before = slugs()
    dice = random.Random(20261123)
    for number in range(100):
        data = bytearray(whole)
        match number % 5:
            case 0 | 1:
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            case 2:
                del data[dice.randrange(len(data)) :]
            case 3:
                at = dice.randrange(len(data))
                del data[at : at + dice.randrange(1, 50)]
            case 4:
                at = dice.randrange(len(data))
                data[at:at] = dice.randbytes(dice.randrange(1, 50))
        if bytes(data) == whole:
            continue
        damaged.write_bytes(data)
        with pytest.raises(BackupRefused):
            backups.restore(damaged, replace=True)
    assert slugs() == before
    assert attachment_text() == b"kept"


def rewritten(source: Path, target: Path, change: Callable[[dict[str, object]], None]) -> Path:
    """A backup whose hashes are in order and whose manifest says something else."""
    work = target.with_suffix(".work")
    with zipfile.ZipFile(source) as archive:
        archive.extractall(work)
    facts = json.loads((work / "manifest.json").read_text())
    change(facts)
    (work / "manifest.json").unlink()
    names = list(facts["members"])
    with target.open("w+b") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name in names:
                if (work / name).exists():
                    archive.write(work / name, name)
            archive.writestr("manifest.json", json.dumps(facts))
            archive.comment = b"0" * 64
        digest = backups._hash_without_end(file)
        file.seek(-64, 2)
        file.write(digest.encode())
    shutil.rmtree(work)
    return target


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda facts: facts.update(format=99), "format"),
        (lambda facts: facts.update(database="oracle"), "kind"),
        (lambda facts: facts["schema"].update(core="9999"), "does not know"),
        (lambda facts: facts["schema"].pop("core"), "no tables"),
        (lambda facts: facts["rows"].update(cities_city=7), "rows"),
        (lambda facts: facts["members"].update({"files/x/y": "0" * 64}), "manifest"),
        (lambda facts: facts["members"].update({"../x": "0" * 64}), "manifest"),
        (lambda facts: facts.pop("members"), "not a backup"),
    ],
)
def test_a_backup_that_lies_is_refused(
    site: Flask, tmp_path: Path, change: Callable[[dict[str, object]], None], words: str
) -> None:
    backup = backups.make_backup(tmp_path / "b.zip").path
    if words == "not a backup":
        lie = rewritten(backup, tmp_path / "lie.zip", lambda facts: None)
        names: dict[str, object] = {"format": 1}
        with lie.open("w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("manifest.json", json.dumps(names))
                archive.comment = b"0" * 64
            digest = backups._hash_without_end(file)
            file.seek(-64, 2)
            file.write(digest.encode())
    else:
        lie = rewritten(backup, tmp_path / "lie.zip", change)
    add_city("later")
    with pytest.raises(BackupRefused, match=words):
        backups.restore(lie, replace=True)
    assert slugs() == ["alva", "later"]
    assert attachment_text() == b"kept"


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x05\x06" + b"\0" * 18, b"0" * 200])
def test_what_is_no_backup_is_refused(site: Flask, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(BackupRefused):
        backups.check_backup(path)


def test_a_backup_is_never_written_over(site: Flask, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(BackupRefused, match="exists"):
        backups.make_backup(tmp_path / "b.zip")
    with pytest.raises(BackupRefused, match="no folder"):
        backups.make_backup(tmp_path / "nowhere" / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_while_others_write_nothing_that_was_there_is_missing(site: Flask, tmp_path: Path) -> None:
    stop = threading.Event()
    written = []

    def write() -> None:
        with site.app_context(), write_intent():
            number = 0
            while not stop.is_set():
                record("probe.write", details={"number": str(number)})
                db.session.commit()
                written.append(number)
                number += 1
            db.session.remove()

    thread = threading.Thread(target=write)
    thread.start()
    while len(written) < 20:
        stop.wait(0.01)
    before = len(written)
    made = backups.make_backup(tmp_path / "b.zip")
    stop.set()
    thread.join(timeout=30)
    manifest = backups.check_backup(made.path)
    assert manifest.rows["audit_record"] >= before
    backups.restore(made.path, replace=True)
    kept = db.session.scalars(
        select(AuditRecord.details)
        .where(AuditRecord.action == "probe.write")
        .order_by(AuditRecord.at)
    ).all()
    assert [row["number"] for row in kept] == [str(number) for number in range(len(kept))]
    assert len(kept) >= before


def test_a_fault_half_way_is_undone(
    site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = backups.make_backup(tmp_path / "b.zip").path
    add_city("later")

    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_swap_settings", full)
    with pytest.raises(BackupRefused, match="undone"):
        backups.restore(backup, replace=True)
    assert slugs() == ["alva", "later"]
    assert attachment_text() == b"kept"
