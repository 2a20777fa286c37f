"""Papers: PDF made by typst, with the city's arms, in the reader's language, readable by a screen reader."""

from core.printing.services import PrintingFailed, letterhead, pdf

__all__ = ["PrintingFailed", "letterhead", "pdf"]
