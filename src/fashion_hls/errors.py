"""The one error that a user's mistake may end in."""


class UserError(Exception):
    """A mistake in the user's data, configuration or command.

    The message is one line naming the file, the field and the remedy. Stages print it
    without a traceback and exit with status 2.
    """
