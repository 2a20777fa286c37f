"""Builds this manual with Sphinx, in English and in French: `make docs`.

The English pages are the sources. French is a translation of them, paragraph by paragraph, in `locale/fr`: a
paragraph that changes here is shown in English there until it is translated anew, and a test says so.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "site"))

from look import variables, write_fonts  # noqa: E402 (the folder was named one line above)

ROOT = HERE.parent
# What is made for the manual and for nothing else; not in git.
MADE = ROOT / "build" / "docs" / ".made"

project = "Maillage"
author = "The authors of Maillage"
# Pages that say when they were built would differ with every build.
html_last_updated_fmt = None
html_show_copyright = False

extensions = ["myst_parser", "labels"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["site", "locale"]
root_doc = "index"
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
nitpicky = True

# -- Languages ----------------------------------------------------------------------------------------------

language = "en"
locale_dirs = ["locale"]
# One catalogue for each page.
gettext_compact = False
gettext_location = False
gettext_uuid = False
# A picture of the French pages lies beside the English one.
figure_language_filename = "{path}{language}/{basename}{ext}"
# Both kinds of quotation marks and the apostrophe are typed as they shall stand.
smartquotes = False

# -- Look ---------------------------------------------------------------------------------------------------

write_fonts(ROOT / "core" / "static" / "build", MADE)

html_theme = "furo"
html_title = "Maillage"
html_favicon = str(ROOT / "core" / "static" / "favicon.svg")
html_static_path = ["site/static", str(MADE)]
html_css_files = ["fonts.css", "manual.css"]
templates_path = ["site/templates"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
_light, _dark = variables(ROOT / "core" / "static" / "css" / "01-tokens.css")
html_theme_options = {
    "light_css_variables": _light,
    "dark_css_variables": _dark,
    "top_of_page_buttons": ["view"],
}
# What Furo lacks for screen readers and the keyboard, and what it says in English on every page. Sphinx's own words are
# translated already.
html_context = {
    # Made of the words of the code, which are English in both manuals.
    "always_english": ["plugin-authors/hooks"],
    "mended": {
        '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
        '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="Maillage">',
        '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
        # Wide code and wide tables scroll sideways: the keyboard must get there.
        "<pre>": '<pre tabindex="0">',
        '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    },
    "theme_words": {
        "fr": {
            "Skip to content": "Aller au contenu",
            "Back to top": "Haut de la page",
            "On this page": "Sur cette page",
            "Made with": "Fait avec",
            "Toggle site navigation sidebar": "Ouvrir ou fermer le sommaire",
            "Toggle table of contents sidebar": "Ouvrir ou fermer le plan de la page",
            "Toggle Light / Dark / Auto color theme": "Thème clair, sombre ou selon l’appareil",
            "Toggle navigation of": "Ouvrir ou fermer",
        }
    },
}
pygments_style = "xcode"
pygments_dark_style = "github-dark"
