"""A stranger's plugin, from its wheel to its removal, and through every way in which it can break.

The plugin is the one of the tutorial. Real processes on a real database: the package is built, installed into a folder
of its own beside the checkout's environment, switched on in one city, broken, and removed, and the site stays up all
along.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from core import create_app
from core.database import db
from core.identity.models import Person
from core.permissions import Role
from core.scaffold.documents import TUTORIAL, blocks, write
from core.testing.app import TEST_SETTINGS, populate
from core.testing.contract import start_session
from core.testing.postgres import Databases
from core.testing.serving import ROOT, maillage, served

pytestmark = [pytest.mark.slow, pytest.mark.one_database]


@pytest.fixture(scope="module")
def wheel(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tutorial's plugin, its migration written as its author would, built without the network."""
    folder = tmp_path_factory.mktemp("source")
    source = folder / "lending"
    for block in blocks((ROOT / TUTORIAL).read_text(encoding="utf-8")):
        if block.file:
            write(block, source)
    draft = Site(folder / "draft", folder, databases.fresh(), {})
    draft.install(build(source, folder / "drafts"))
    written = draft.command("db", "revision", "lending", "-m", "The first table")
    assert written.returncode == 0, written.stderr
    migrations = Path("lending", "migrations")
    shutil.copytree(
        draft.packages / migrations,
        source / migrations,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return build(source, folder / "dist")


def build(source: Path, target: Path) -> Path:
    run(
        *(sys.executable, "-m", "uv", "build", "--quiet", "--offline", "--wheel"),
        *("--no-build-isolation", "--python", sys.executable),
        *("--out-dir", str(target), str(source)),
    )
    (built,) = target.glob("*.whl")
    return built


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@dataclass
class Site:
    """An installation: where the plugin's package is, the settings of its processes, and who is signed in."""

    packages: Path
    instance: Path
    database: str
    tokens: dict[str, str]

    @property
    def settings(self) -> dict[str, str]:
        return {
            "MAILLAGE_DATABASE_URL": self.database,
            "MAILLAGE_LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(self.packages),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``maillage``; a traceback is never an answer."""
        done = maillage(*words, settings=self.settings, instance=self.instance)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr[-3000:]
        return done

    def doctor(self) -> str:
        done = self.command("doctor")
        return done.stdout + done.stderr

    def install(self, wheel: Path) -> None:
        run(
            # Copied, not linked: what a test breaks must not be broken in a cache.
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps"),
            *("--no-cache", "--link-mode", "copy"),
            *("--target", str(self.packages), str(wheel)),
        )

    def uninstall(self) -> None:
        for path in self.packages.glob("*lending*"):
            shutil.rmtree(path)

    def tables(self) -> set[str]:
        with closing(sqlite3.connect(self.database.removeprefix("sqlite:///"))) as connection:
            return {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}

    def get(self, url: str, who: str, **form: str) -> tuple[int, str]:
        """Open a page, or send a form to it, as somebody; status and text."""
        request = urllib.request.Request(
            url,
            data=urlencode(form).encode() if form else None,
            headers={"Cookie": f"maillage={self.tokens[who]}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def make_site(databases: Databases, folder: Path, wheel: Path) -> Site:
    """Two cities on a database that the commands made, with the plugin installed."""
    packages, instance = folder / "packages", folder / "instance"
    packages.mkdir()
    instance.mkdir()
    made = Site(packages, instance, databases.fresh(), {})
    made.install(wheel)
    upgraded = made.command("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILLAGE_INSTANCE", str(folder / "other"))
        app = create_app(TEST_SETTINGS | {"DATABASE_URL": made.database})
        world = populate(app)
        french = world.person("alva", Role.CHAIR)
        with app.app_context():
            person = db.session.get(Person, french.id)
            assert person is not None
            person.language = "fr"
            db.session.commit()
            db.session.remove()
        for name, somebody in {
            "alva": world.person("alva"),
            "bruma": world.person("bruma"),
            "french": french,
            "administrator": world.person("alva", Role.CITY_ADMINISTRATOR),
        }.items():
            made.tokens[name] = start_session(app, somebody.id)
        with app.app_context():
            db.engine.dispose()
    return made


@pytest.fixture
def site(databases: Databases, tmp_path: Path, wheel: Path) -> Site:
    """A site of a test's own."""
    return make_site(databases, tmp_path, wheel)


@pytest.fixture(scope="module")
def with_lending(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, wheel: Path
) -> Site:
    """A site on which the plugin is on in Alva, for all tests that break it."""
    made = make_site(databases, tmp_path_factory.mktemp("site"), wheel)
    assert made.command("plugins", "enable", "lending", "--city", "alva").returncode == 0
    return made


@pytest.fixture
def breakable(with_lending: Site, wheel: Path) -> Site:
    """The same with its package as it was built, whatever an earlier test did to it."""
    with_lending.uninstall()
    with_lending.install(wheel)
    return with_lending


def test_a_plugin_from_its_wheel_to_its_removal(site: Site, wheel: Path) -> None:
    assert "lending_thing" in site.tables()
    assert "lending\tmaillage-lending" in site.command("plugins", "list").stdout
    with served(site.settings, instance=site.instance) as running:
        page, abroad = f"{running.url}/alva/lending/", f"{running.url}/bruma/lending/"
        # Installed is not enabled.
        assert site.get(page, "alva")[0] == 404
        assert "Lending" not in site.get(f"{running.url}/alva/", "alva")[1]

        enabled = site.command("plugins", "enable", "lending", "--city", "alva")
        assert enabled.returncode == 0, enabled.stderr
        # On the next request, in a process that was already running.
        status, text = site.get(page, "alva")
        assert status == 200, text
        assert "Nothing can be borrowed yet" in text
        assert "Lending" in site.get(f"{running.url}/alva/", "alva")[1]
        status, text = site.get(page, "french")
        assert status == 200
        assert "Prêt de matériel" in text
        assert "Rien à emprunter pour le moment" in text
        assert site.get(page, "administrator")[0] == 403
        assert site.get(abroad, "bruma")[0] == 404
        assert site.get(page, "bruma")[0] == 404
        assert "lending" not in site.get(f"{running.url}/bruma/", "bruma")[1].lower()

        token = csrf_token(site.get(page, "alva")[1])
        assert site.get(page, "alva", title="", csrf_token=token)[0] == 422
        status, text = site.get(page, "alva", title="A projector", csrf_token=token)
        assert status == 200
        assert "A projector" in text
        assert "lending" not in problems(site.doctor())

        # Its own pages of settings know it, and the site goes on while its package is exchanged.
        assert (
            "lending"
            in site.get(f"{running.url}/alva/settings/plugins", "administrator")[1].lower()
        )
        site.uninstall()
        assert site.get(f"{running.url}/alva/", "alva")[0] == 200
        site.install(wheel)

        removed = site.command("plugins", "remove", "lending", "--yes")
        assert removed.returncode == 0, removed.stderr
        assert not {name for name in site.tables() if "lending" in name}
        site.uninstall()
        assert site.get(f"{running.url}/alva/", "alva")[0] == 200
    with served(site.settings, instance=site.instance) as running:
        assert site.get(f"{running.url}/alva/lending/", "alva")[0] == 404
        assert site.get(f"{running.url}/alva/", "alva")[0] == 200
        assert site.get(f"{running.url}/alva/activities/", "alva")[0] == 200
    assert "lending" not in problems(site.doctor())


def problems(report: str) -> str:
    return "\n".join(line for line in report.splitlines() if "WRONG" in line)


def csrf_token(page: str) -> str:
    from core.testing.pages import forms

    form = next(form for form in forms(page, "/alva/lending/") if form.action == "/alva/lending/")
    return next(control.values[0] for control in form.controls if control.name == "csrf_token")


BREAKAGES = {
    "raises": ("plugin.py", """
raise RuntimeError("out of order")
"""),
    "relationship": ("models.py", """
from sqlalchemy.orm import relationship

class Loan(CityOwned, Model):
    __tablename__ = "lending_loan"
    thing: Mapped["Nope"] = relationship("Nope")
"""),
    "open page": ("views.py", """
@bp.get("/all")
def everything() -> str:
    return "open"
"""),
    "unknown hook": ("plugin.py", """
@hookimpl
def take_over(viewer: Viewer) -> bool:
    return True
"""),
    "syntax": ("services.py", """
def broken(:
"""),
    "foreign table": ("models.py", """
class Raid(CityOwned, Model):
    __tablename__ = "identity_raid"
"""),
    "missing library": ("forms.py", """
import a_library_that_nobody_has
"""),
}  # fmt: skip


def spoil(site: Site, breakage: str) -> None:
    name, addition = BREAKAGES[breakage]
    with (site.packages / "lending" / name).open("a", encoding="utf-8") as file:
        file.write(addition)


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_plugin_is_left_out_and_the_site_stays_up(breakable: Site, breakage: str) -> None:
    spoil(breakable, breakage)
    with served(breakable.settings, instance=breakable.instance) as running:
        for path in ("/healthz", "/alva/", "/alva/calendar", "/alva/activities/", "/alva/people"):
            assert breakable.get(running.url + path, "alva")[0] == 200, path
        assert breakable.get(f"{running.url}/alva/lending/", "alva")[0] == 404
        status, text = breakable.get(f"{running.url}/alva/settings/plugins", "administrator")
        assert status == 200
        assert "lending" in text.lower()
    done = breakable.command("doctor")
    assert "lending" in problems(done.stdout + done.stderr)
    assert done.returncode != 0


def test_a_broken_plugin_can_be_removed(breakable: Site) -> None:
    spoil(breakable, "syntax")
    assert "lending_thing" in breakable.tables()
    removed = breakable.command("plugins", "remove", "lending", "--yes")
    assert removed.returncode == 0, removed.stderr
    assert "lending_thing" not in breakable.tables()
    assert breakable.command("db", "upgrade").returncode == 0


def test_forgetting_to_remove_it_harms_nobody(breakable: Site) -> None:
    breakable.uninstall()
    upgraded = breakable.command("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    with served(breakable.settings, instance=breakable.instance) as running:
        assert breakable.get(f"{running.url}/alva/", "alva")[0] == 200
        assert breakable.get(f"{running.url}/alva/settings/plugins", "administrator")[0] == 200
    assert "lending_thing" in breakable.tables()
