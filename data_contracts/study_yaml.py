"""The text of a study file as YAML, in which each key stands once."""

import os
from pathlib import Path
from typing import Any

import yaml

from data_contracts.errors import Problem, StudyFileError


def read(path: Path) -> dict[str, Any]:
    """Read the keys of a study file.

    Raises
    ------
    StudyFileError
        There is no such file, it cannot be read, is not YAML, or names a key twice.
    """
    try:
        said = yaml.load(path.read_text(encoding="utf-8"), _OnceEach)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        raise _refused(path, "not found", "make one with: aac init") from None
    except OSError as fault:
        why = os.strerror(fault.errno or 0)
        raise _refused(path, f"cannot be read ({why})", "give it read access") from None
    except UnicodeDecodeError:
        raise _refused(path, "cannot be read", "save it as UTF-8") from None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        if isinstance(fault, _TwiceError):
            what = f"names a key at line {line} that is there before"
            raise _refused(path, what, "the first of them would be lost; rename one") from None
        hint = "check indentation and colons there"
        raise _refused(path, f"is not YAML at line {line}", hint) from None
    except yaml.YAMLError:
        raise _refused(path, "holds characters that YAML does not take", "write it anew") from None
    if not isinstance(said, dict):
        raise _refused(path, "holds no keys", "make one with: aac init")
    return said


def _refused(path: Path, what: str, hint: str) -> StudyFileError:
    return StudyFileError([Problem(path.name, what, hint)])


class _TwiceError(yaml.MarkedYAMLError):
    """A key stands twice in one mapping."""


class _OnceEach(yaml.SafeLoader):
    """YAML's safe loader, which would take the last of two keys and lose the first in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as the library has it
        """Refuse a key that stands there before; one that is merged in may be said anew."""
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise _TwiceError(problem_mark=key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)
