"""A machine of an author of plugins: an environment that holds everything ours holds, and can be added to.

::

    def test_who_types_this_gets_that(tmp_path):
        desk = Desk.at_home(tmp_path)
        assert "0.1" in desk.type("maillage --version")
"""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

from uv import find_uv_bin

from core.testing.serving import environment


@dataclass
class Desk:
    """A folder ``maillage`` with an environment in it, and where in the neighbourhood somebody is at work."""

    home: Path
    at: Path
    settings: dict[str, str] = field(
        default_factory=lambda: {
            "UV_OFFLINE": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "MAILLAGE_LOG_LEVEL": "ERROR",
        }
    )

    @classmethod
    def at_home(cls, home: Path) -> Desk:
        """A new one in the empty folder ``home``."""
        made = cls(home, home / "maillage")
        made.at.mkdir()
        make_environment(made.at / ".venv")
        return made

    @property
    def instance(self) -> Path:
        """Where this machine's database is."""
        return self.home / "instance"

    def type(self, commands: str) -> str:
        """Type commands into the terminal; returns what they print. One that fails fails the test.

        Whoever changes the folder is there the next time, too.
        """
        notes = self.home / "at"
        activate = self.home / "maillage" / ".venv" / "bin" / "activate"
        script = f'. "{activate}"\ncd "{self.at}"\n{commands}\npwd > "{notes}"\n'
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=environment(self.settings, self.instance),
            cwd=self.at,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        self.at = Path(notes.read_text(encoding="utf-8").strip())
        return done.stdout


def make_environment(folder: Path) -> None:
    """Make an environment in ``folder``. What is installed there, ours does not see."""
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    (packages / "ours.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, program in {
        "maillage": "from core.cli import main; main()",
        "pytest": "import sys, pytest; sys.exit(pytest.main())",
    }.items():
        script = folder / "bin" / name
        script.write_text(f"#!{folder}/bin/python\n{program}\n", encoding="utf-8")
        script.chmod(0o755)
    (folder / "bin" / "uv").symlink_to(find_uv_bin())
