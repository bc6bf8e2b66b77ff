"""What may be said of a fault that nobody foresaw."""

import os
import traceback


def in_short(fault: Exception) -> str:
    """Say class and line of a fault; its message stays out, since it may quote a path or a header.

    Parameters
    ----------
    fault
        As it was caught.
    """
    last = traceback.extract_tb(fault.__traceback__)[-1]
    module = last.filename.replace("\\", "/").rsplit("/", 1)[-1]
    # The system's own words, as "No space left on device", name no file.
    why = f": {os.strerror(fault.errno)}" if isinstance(fault, OSError) and fault.errno else ""
    return (
        f"{type(fault).__name__}{why} ({module}, line {last.lineno}); "
        "run again with AAC_DEBUG=1 to see all of it"
    )
