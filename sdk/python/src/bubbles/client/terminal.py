"""A terminal of our own for the command, which draws bars only where it finds one.

What it draws is passed on to the terminal of this program, and its last words are not.
"""

from __future__ import annotations

import os
import sys


def is_there() -> bool:
    """Whether this program's standard error is a terminal that another one can be made like."""
    return os.name == "posix" and sys.stderr is sys.__stderr__ and sys.stderr is not None and sys.stderr.isatty()


def open_like_ours() -> tuple[int, int]:
    """Our end and the command's, of the same size as this program's."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    size = os.get_terminal_size(sys.stderr.fileno())
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size.lines, size.columns, 0, 0))
    # Ends of lines are made by the terminal that it all goes to.
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    return ours, theirs
