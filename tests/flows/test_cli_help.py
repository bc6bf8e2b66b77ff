import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import main
from flows.cli_views import show_check

COMMANDS = [
    "init", "check", "run", "status", "report", "query", "phantom", "train", "serve", "verify",
    "lock-plan", "demo", "deid",
]  # fmt: skip


@pytest.fixture
def aac(monkeypatch, capsys):
    """Run the command line here; that it starts as a process stands in the tests of studies."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aac", *arguments])
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        else:
            code = 0
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


def test_a_checked_study_is_run_by_the_command_that_is_printed(capsys):
    found = dict.fromkeys(("problems", "findings", "page", "files"), "") | {"centers": {}}
    show_check(found, Path("my-study"), as_json=False)
    assert capsys.readouterr().out.splitlines()[-1] == "ready: aac run my-study"


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['aac', '--help']\n"
        "from flows.cli import app\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "heavy = {'prefect', 'torch', 'pandas', 'pyarrow', 'dask', 'numpy', 'pydicom'}\n"
        "found = heavy & set(sys.modules)\n"
        "sys.exit(f'imported: {found}' if found else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_of_its_own(aac, command):
    done = aac(command, "--help")
    assert done.returncode == 0
    assert command in done.stdout


def test_an_unknown_command_is_bad_usage(aac):
    assert aac("scan").returncode == 2


def test_a_missing_study_file_is_one_line_and_exit_code_2(aac, tmp_path):
    done = aac("run", str(tmp_path / "study.yaml"))
    assert done.returncode == 2
    assert "study.yaml: not found (make one with: aac init)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_one_line_without_its_path(aac, tmp_path):
    (tmp_path / "Doe_John").touch()
    said = aac("phantom", str(tmp_path / "Doe_John" / "study"), "--size", "1")
    assert (said.returncode, said.stderr.count("\n")) == (1, 1)
    assert said.stderr.startswith("aac: NotADirectoryError: Not a directory (")
    assert "Doe" not in said.stderr


def test_a_synthetic_study_is_not_taken_for_one_of_another_size_or_a_real_one(aac, tmp_path):
    real, drawn = tmp_path / "real", tmp_path / "drawn"
    aac("init", str(real))
    assert aac("phantom", str(drawn), "--size", "1").returncode == 0
    assert aac("phantom", str(drawn), "--size", "1").returncode == 0  # as after a kill
    for folder, size in ((real, "1"), (drawn, "2")):
        done = aac("phantom", str(folder), "--size", size)
        assert done.returncode == 1
        assert done.stderr.startswith(f"aac: {folder}: holds another study, or a synthetic one")


def test_a_fault_that_nobody_foresaw_is_one_line_without_its_message(aac, tmp_path):
    aac("init", str(tmp_path))
    (tmp_path / "runs" / "r-1").mkdir(parents=True)
    (tmp_path / "runs" / "latest").write_text("r-1", encoding="utf-8")
    (tmp_path / "runs" / "r-1" / "summary.json").write_text('{"Doe^John', encoding="utf-8")
    done = aac("status", str(tmp_path))
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("aac: JSONDecodeError (")
    assert line.endswith("run again with AAC_DEBUG=1 to see all of it")


def test_a_terminal_that_lacks_a_letter_shows_another_in_its_place(tmp_path):
    code = "import sys; from flows import cli; sys.argv = ['aac', 'init', 'Zürich']; cli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path.cwd())},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"wrote Z?rich/study.yaml" in done.stdout


def test_a_new_study_is_ready_to_be_checked_and_never_overwritten(aac, tmp_path):
    study = tmp_path / "mine"
    assert aac("init", str(study)).returncode == 0
    text = (study / "study.yaml").read_text(encoding="utf-8")
    again = aac("init", str(study))
    assert again.returncode == 1
    assert "already" in again.stderr
    assert (study / "study.yaml").read_text(encoding="utf-8") == text


def test_status_before_the_first_run_says_how_to_start_one(aac, tmp_path):
    aac("init", str(tmp_path / "mine"))
    done = aac("status", str(tmp_path / "mine"))
    assert done.returncode == 1
    assert "aac run" in done.stderr
