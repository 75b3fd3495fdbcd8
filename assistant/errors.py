"""Everything that can go wrong in a way the user can mend."""


class AssistantError(Exception):
    """Base of all; the message is one line that says what is wrong and what to do."""


class SourceError(AssistantError):
    """A file to ingest, or a line of it, cannot be used."""


class ServiceError(AssistantError):
    """A service on the network cannot be reached, or does not answer as it should."""


class Refused(ServiceError):
    """A service does not take a request: the status of its answer, and the answer."""

    def __init__(self, message: str, status: int, body: bytes) -> None:
        super().__init__(message)
        self.status, self.body = status, body


class StoreError(AssistantError):
    """The index is missing, damaged, locked by another process, or built with another embedder."""


class WriteError(StoreError):
    """The index cannot be written: the disk is full, or refuses."""


class QuestionError(AssistantError):
    """A question, filter or batch line cannot be used."""


class UnknownError(AssistantError):
    """No corpus, writer or paper of the name that is asked for is there."""


class BusyError(AssistantError):
    """Too much is being answered at the moment; ask again later."""


class EvaluationError(AssistantError):
    """A file of questions, of judgements or of earlier measurements cannot be used."""


class ExportError(AssistantError):
    """A citation style, or what is to be exported or to where, cannot be used."""


class KeepingError(AssistantError):
    """What is kept of conversations and feedback cannot be used, is missing, or is too much."""


class GoneError(KeepingError):
    """There is no such conversation of this owner's, or no longer."""


class ModelError(AssistantError):
    """The language model or the embedder cannot be reached or loaded."""


class BudgetError(ModelError):
    """A token or money budget would be exceeded, or cannot be kept."""
