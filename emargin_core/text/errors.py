"""The errors that reach a person: one clear sentence each, no traceback."""

from emargin_core.text.message import Message, Text, lazy_gettext

WORDS_OF_OTHERS = (
    lazy_gettext("No space left on device"),
    lazy_gettext("Read-only file system"),
    lazy_gettext("Permission denied"),
    lazy_gettext("No such file or directory"),
    lazy_gettext("Is a directory"),
    lazy_gettext("Not a directory"),
    lazy_gettext("Disk quota exceeded"),
    lazy_gettext("Input/output error"),
    lazy_gettext("File is not a zip file"),
    lazy_gettext("Field required"),
    lazy_gettext("Extra inputs are not permitted"),
    lazy_gettext("Input should be a valid string"),
    lazy_gettext("Input should be a valid integer"),
    lazy_gettext("Input should be a valid number"),
    lazy_gettext("Input should be a valid boolean"),
    lazy_gettext("Input should be a valid list"),
    lazy_gettext("Input should be a valid dictionary"),
    lazy_gettext("Input should be a finite number"),
)
"""What system and libraries say most often where ours quotes them; the rest stays as it is."""


class ExplorerError(Exception):
    """Base of every error that this package raises on purpose.

    It carries a message, a template with its values, and says it in the reader's language:
    `raise InputError("{name} is empty", name=path.name)`.
    """

    def __init__(self, template: Text, /, **values: object) -> None:
        message = template if isinstance(template, Message) else Message(template, **values)
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


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
