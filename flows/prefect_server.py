"""Prefect's server as a process that ends with the one that started it.

``python -m flows.prefect_server PORT``; whoever starts it holds the other end of its standard
input, which the system closes however that process ends.
"""

import os
import sys
import threading


def main() -> None:
    """Serve Prefect's API on loopback until ended."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import uvicorn  # noqa: PLC0415 - takes seconds, in which the parent may end
    from prefect.server.api.server import create_app  # noqa: PLC0415 - likewise

    uvicorn.run(
        create_app(final=True), host="127.0.0.1", port=int(sys.argv[1]), log_level="critical"
    )


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main()
