import subprocess
import sys

_SCRIPT = """
import logging, multiprocessing, os, sys
from tasks.dicom.discretion import mute_libraries

def work():
    logging.basicConfig(stream=sys.stderr)
    mute_libraries()
    mute_libraries()
    os.write(2, b"Corrupt JPEG data\\n")
    print("a line of ours", file=sys.stderr)
    logging.getLogger("ours").error("a logged line")

if __name__ == "__main__":
    mute_libraries()
    os.write(2, b"the first process speaks\\n")
    child = multiprocessing.get_context("spawn").Process(target=work)
    child.start()
    child.join()
    sys.exit(child.exitcode)
"""


def test_decoders_are_mute_in_a_worker_and_our_own_lines_are_not(tmp_path, pytestconfig):
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(pytestconfig.rootpath)},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "the first process speaks",
        "a line of ours",
        "ERROR:ours:a logged line",
    ]
