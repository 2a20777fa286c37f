"""Papers: PDF made by typst and DOCX, with the city's arms, in the reader's language, readable by a screen reader."""

from core.printing.binding import append_pages, count_pages
from core.printing.services import PrintingFailed, letterhead, paper_pdf, pdf
from core.printing.words_file import paper_docx

__all__ = [
    "PrintingFailed",
    "append_pages",
    "count_pages",
    "letterhead",
    "paper_docx",
    "paper_pdf",
    "pdf",
]
