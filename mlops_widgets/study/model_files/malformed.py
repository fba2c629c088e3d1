"""The one error of all checks inside model files; readers turn it into a refusal that names the file."""


class MalformedError(ValueError):
    """A model text or document isn't of the form that its library writes; the message says where."""
