"""The process `gradcli`: its signals and streams, from the first moment to the exit code."""

import errno
import os
import signal
import sys

# Not from `typing`: while that is imported, Ctrl-C would print a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


def main() -> None:
    """Run the command line and end the process with its status.

    What a short process spends its time on is imports, which leave no garbage, and the interpreter's taking
    NumPy apart at the end; collecting less and leaving at once saves a quarter of it.
    """
    import gc

    _on_interrupt(_leave)
    gc.set_threshold(100_000, 50, 50)
    from gradcli.cli import Terminated, run
    from gradcli.commands.streams import prepare_streams
    from gradcli.limits import OUT_OF_MEMORY
    from gradcli.status import Status

    def terminate(number: int, frame: object) -> None:
        """Let everything that is open be closed, and nothing half-written stay."""
        raise Terminated

    prepare_streams()
    status: int
    try:
        signal.signal(signal.SIGTERM, terminate)
        _on_interrupt(signal.default_int_handler)
        status = run(sys.argv[1:])
        sys.stderr.flush()
    except KeyboardInterrupt:
        status = Status.INTERRUPTED
    except Terminated:
        status = Status.TERMINATED
    except (ImportError, MemoryError, OSError) as error:  # of importing what makes error messages
        if isinstance(error, OSError) and error.errno != errno.ENOMEM:
            raise
        sys.stderr.write(f"error: {OUT_OF_MEMORY.message}\nhelp: {OUT_OF_MEMORY.help}\n")
        status = Status.LIMIT
    os._exit(status)


def _on_interrupt(handler: "Callable[[int, FrameType | None], object]") -> None:
    """Handle Ctrl-C, unless this process was started to take no notice of it."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)


def _leave(number: int, frame: object) -> None:
    """End at once and silently: nothing is open yet."""
    os._exit(130)


if __name__ == "__main__":
    main()
