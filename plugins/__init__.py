"""The plugins that come with Maillage, one folder each.

A plugin is a package with a module ``plugin``, its front door: a manifest called ``plugin`` and the hook
implementations it offers. Everything else has the same name in every plugin: ``permissions``, ``models``,
``services``, ``forms``, ``views``, ``migrations/``, ``templates/<plugin>/``, ``translations/``. It imports
``core.api`` and nothing else of core, and never another plugin. The manual is in docs/plugin-authors/.
"""
