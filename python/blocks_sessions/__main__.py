"""The command `blocks-sessions`, also as `python -m blocks_sessions`."""

from __future__ import annotations

import gc
import os
import signal
import sys

from blocks_sessions._core import _run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; by default those of this process.

    Returns:
        The exit code of the process.
    """
    _keep_descriptors()
    if arguments is None:
        # The process is ours: at its end the collector need not look through what was imported.
        gc.freeze()
    given = sys.argv[1:] if arguments is None else arguments
    if list(given) == ["demo"]:
        return _demo()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # Started by a shell in the background: Ctrl-C is meant for others.
        return _run(["blocks-sessions", *given], False)
    # Python's own handler only sets a flag, which nobody would read before the command is done.
    try:
        handler = signal.signal(signal.SIGINT, signal.SIG_DFL)
    except ValueError:
        # Only the main thread may set one.
        return _run(["blocks-sessions", *given])
    try:
        return _run(["blocks-sessions", *given])
    finally:
        signal.signal(signal.SIGINT, handler)


def _keep_descriptors() -> None:
    """Open what is closed of the standard streams, or a socket would get its number, and our output.

    It is opened for what is not done with it, so that doing it is an error that is told.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest number that is free: this one.
            os.open(os.devnull, os.O_WRONLY if descriptor == 0 else os.O_RDONLY)


def _demo() -> int:
    from blocks_sessions import demo

    # There is none where it was closed when the process began.
    if sys.stdout is None:
        _say("cannot write to standard output: it is closed")
        return 1
    try:
        code = demo.main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever reads has enough. What is left in the buffer must not be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.filename is not None:
            raise
        # As every command says it. What could not be written must not be tried again at exit.
        _say(f"cannot write to standard output: {error.strerror}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _say(error: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"error: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
