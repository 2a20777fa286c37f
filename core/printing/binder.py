"""The process that looks into PDFs which others wrote, and appends them to a paper of ours.

Run as a file, like press.py: what others wrote may be broken, endless or made to harm, and here it can be stopped.
"""

import json
import re
import resource
import sys
from io import BytesIO
from typing import Any

MEMORY = 2 * 1024**3
# What a page may bring along besides what it shows: nothing that acts, and no place in somebody else's structure.
_DROPPED = ("/AA", "/StructParents", "/Metadata", "/PieceInfo", "/Thumb", "/Tabs")
_DROPPED_OF_MARKS = ("/AA", "/Parent", "/Popup", "/StructParent", "/P", "/JS")


def main() -> int:
    """Read the job, write the answer; 1 and a line that says why where it cannot be done."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    job = json.load(sys.stdin)
    if job["do"] == "count":
        sys.stdout.write(json.dumps([_count(each) for each in job["files"]]))
        return 0
    try:
        _append(job)
    except Exception as fault:
        sys.stderr.write(f"{type(fault).__name__}\n")
        return 1
    return 0


def _count(path: str) -> int:
    """How many pages a file has; 0 where it cannot be read to its end."""
    from pypdf import PdfReader

    try:
        reader = PdfReader(path)
        return 0 if reader.is_encrypted else sum(1 for page in reader.pages if page.mediabox)
    except Exception:
        # Readers of PDF fail in many ways; each of them means that we leave the file alone.
        return 0


def _append(job: Any) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=job["paper"])
    for each in job["files"]:
        reader = PdfReader(each["path"])
        for page in reader.pages:
            _quieten(page)
        writer.append(reader, outline_item=each["title"], import_outline=False)
    _no_longer_by_the_standard(writer)
    # A pipe cannot say where in it one stands, which the table of contents of a PDF needs.
    whole = BytesIO()
    writer.write(whole)
    sys.stdout.buffer.write(whole.getvalue())


def _quieten(page: Any) -> None:
    """Leave of a page what it shows: links to addresses stay, and what fills forms; nothing that acts by itself."""
    from pypdf.generic import ArrayObject, NameObject

    for name in _DROPPED:
        page.pop(name, None)
    kept = ArrayObject()
    for reference in page.get("/Annots") or ():
        mark = reference.get_object()
        action = mark.get("/A")
        action = action.get_object() if action is not None else {}
        address = action.get("/S") == "/URI" and str(action.get("/URI", "")).startswith(
            ("http", "mailto")
        )
        if mark.get("/Subtype") == "/Link" and not address:
            continue
        if mark.get("/Subtype") != "/Link" and "/AP" not in mark:
            continue
        if not address:
            mark.pop("/A", None)
        elif "/Next" in action:
            action.pop("/Next")
        for name in _DROPPED_OF_MARKS:
            mark.pop(name, None)
        kept.append(reference)
    page.pop("/Annots", None)
    if kept:
        page[NameObject("/Annots")] = kept


def _no_longer_by_the_standard(writer: Any) -> None:
    """Take back that the whole follows PDF/UA-1: of the pages of others nobody knows that."""
    metadata = writer.root_object["/Metadata"].get_object()
    told = metadata.get_data().decode()
    told = re.sub(r"<pdfuaid:part>\d</pdfuaid:part>", "", told)
    told = re.sub(r'\s+pdfuaid:part="\d"', "", told)
    metadata.set_data(told.encode())


if __name__ == "__main__":
    sys.exit(main())
