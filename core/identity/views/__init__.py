"""The pages of signing in (:mod:`.door`) and of one's own account (:mod:`.account`)."""
