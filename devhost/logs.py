"""Log lines of one form: the time, who speaks, and the message."""

import logging
import sys

_NAME_WIDTH = 16


class LineFormatter(logging.Formatter):
    """`HH:MM:SS name  message`, the name short: a function's, the host's, or the last part of a module's."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(short)s  %(level)s%(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Format one record, its traceback included."""
        name = record.name.removeprefix("Host.Functions.")
        record.short = name.ljust(_NAME_WIDTH)
        record.level = "" if record.levelno <= logging.INFO else f"{record.levelname.lower()}: "
        return super().format(record)


def configure_logging() -> None:
    """Log to standard output from INFO on, and the chatty libraries from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("azure", "uvicorn", "asyncio", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)
