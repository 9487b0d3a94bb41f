"""The errors that reach a person: one clear sentence each, no traceback."""

from emargin_core.language import mark

WORDS_OF_OTHERS = (
    mark("No space left on device"),
    mark("Read-only file system"),
    mark("Permission denied"),
    mark("No such file or directory"),
    mark("Is a directory"),
    mark("Not a directory"),
    mark("Disk quota exceeded"),
    mark("Input/output error"),
    mark("File is not a zip file"),
    mark("Field required"),
    mark("Extra inputs are not permitted"),
    mark("Input should be a valid {kind}"),
    mark("Input should be a finite number"),
)
"""What system and libraries say most often where ours quotes them; the rest stays as it is."""


class ExplorerError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(ExplorerError, ValueError):
    """Something the user gave is wrong; the message says what, where and what would be right."""


class TrainingDivergedError(ExplorerError, RuntimeError):
    """Loss or gradient stopped being finite; the message names the step and the settings."""


class CancelledError(ExplorerError, RuntimeError):
    """The run was asked to stop and did; nothing was stored."""


class StoreError(ExplorerError, OSError):
    """The run store could not be read or written; the message says which path and why."""


class ClusterError(ExplorerError, RuntimeError):
    """The background cluster could not be started or reached."""


class LimitError(ExplorerError, RuntimeError):
    """More was asked for than one person may have under way; the message says how much that is."""
