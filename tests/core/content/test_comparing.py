"""What has become of a text, word by word."""

from __future__ import annotations

import time

from core.content.shown import changes


def said(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in changes(before, after)]


def test_a_changed_word_stands_out_among_the_others() -> None:
    assert said("on Monday at ten", "on Friday at ten") == [
        ("same", "on "),
        ("gone", "Monday"),
        ("new", "Friday"),
        ("same", " "),
        ("same", "at ten"),
    ]


def test_both_texts_can_be_read_from_the_pieces_whole() -> None:
    before, after = "  Two lines,\nof words.\n", "Two lines,\n\nand more words. "
    pieces = changes(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after


def test_a_text_that_was_written_anew_does_not_hold_up_the_page() -> None:
    texts = [
        (" ".join(f"w{n}" for n in range(3_000)), " ".join(f"x{n}" for n in range(3_000))),
        ("a\n" * 10_000, "a\n" * 9_999 + "b\n"),
        ("a b " * 700, "b a c " * 500),
    ]
    start = time.monotonic()
    for before, after in texts:
        pieces = changes(before, after)
        assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after
    assert time.monotonic() - start < 5
