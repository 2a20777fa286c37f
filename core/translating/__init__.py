"""The workshop of translators: extraction, merging, transliteration and checks. ``maillage translations …``.

Nothing here runs while a page is answered.
"""
