"""What a service says when it refuses: one sentence for a person, never a value that somebody typed."""


class Refused(Exception):
    """The thing asked for is not allowed now; the message is one clear sentence."""


class Late(Refused):
    """What could not be done because a database was away or held by others; the same may be tried again."""


class NotFound(Refused):
    """There is no such thing."""
