"""What services raise to refuse something: one sentence for a person, never a value that somebody typed."""


class Refused(Exception):
    """The thing asked for is not allowed now; the message is one clear sentence.

    ``field`` is the name of the input that it is about, where the sentence belongs to one.
    """

    def __init__(self, sentence: str = "", field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class RetryLater(Refused):
    """A database was unavailable or locked by others; the same may be tried again."""


class NotFound(Refused):
    """There is no such thing."""
