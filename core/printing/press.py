"""The process that sets one paper: a job as JSON comes in, a PDF goes out.

Run as a file and not as a module, so that it loads typst and nothing else. It is a process of its own because setting
a long table takes hundreds of megabytes, which a process that answers pages would keep, and because it can then be
stopped: inside Python nothing could end a document that never settles.
"""

import json
import resource
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MEMORY = 3 * 1024**3
PIXELS_PER_INCH = 300


def main() -> int:
    """Read the job, write the paper; 1 and a line that says why where it cannot be set."""
    # A paper that would take more is given up before it takes the machine's.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    job = json.load(sys.stdin)
    with TemporaryDirectory() as folder:
        # With files of its own a paper finds those, and nothing else of the disk.
        for name, path in job.get("files", {}).items():
            (Path(folder) / name).symlink_to(path)
        return _set(job, folder if job.get("files") else job["root"])


def _set(job: Any, root: str) -> int:
    import typst

    picture = job.get("kind") == "png"

    try:
        paper = typst.compile(
            job["source"].encode(),
            root=root,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=job["fonts"],
            ),
            sys_inputs={"data": job["data"]},
            format="png" if picture else "pdf",
            ppi=PIXELS_PER_INCH,
            pdf_standards=None if picture else ["ua-1"],
            timestamp=job["timestamp"],
        )
    except (typst.TypstError, MemoryError) as fault:
        sys.stderr.write(f"{type(fault).__name__}: {fault}\n")
        return 1
    sys.stdout.buffer.write(paper)
    return 0


if __name__ == "__main__":
    sys.exit(main())
