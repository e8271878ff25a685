"""The one error of this room."""


class RecordingError(Exception):
    """A recording cannot be made or read; the message says what, where, and what to do."""
