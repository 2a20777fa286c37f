"""Why a file was not taken, in a sentence for the person who sent it."""


class UploadRefused(Exception):
    """A file that is not taken; the message is a translated sentence that says why and what to do."""
