"""The files of the project, and what can be read from a C++ file without compiling it."""

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

SKIPPED_FOLDERS = {".git", ".local", "build", "node_modules", "__pycache__", ".pytest_cache"}
CPP_SUFFIXES = {".cpp", ".hpp"}

# Comments and literals are blanked, so that rules about identifiers see identifiers alone.
_COMMENT_OR_LITERAL = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/
    | R"(?P<raw>[^\s()\\]{0,16})\(.*?\)(?P=raw)"
    | "(?:\\.|[^"\\\n])*" | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    """,
    re.DOTALL | re.VERBOSE,
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclass(frozen=True)
class Include:
    line: int
    path: str
    quoted: bool


@dataclass
class SourceFile:
    """One text file; `path` is relative to the project's root, with forward slashes."""

    path: str
    text: str = field(repr=False)

    @property
    def name(self):
        return self.path.rsplit("/", 1)[-1]

    @property
    def is_cpp(self):
        return Path(self.path).suffix in CPP_SUFFIXES

    @property
    def is_header(self):
        return self.path.endswith(".hpp")

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def includes(self):
        return [
            Include(self.text.count("\n", 0, m.start()) + 1, m.group(2), m.group(1) == '"')
            for m in _INCLUDE.finditer(self.text)
        ]

    @cached_property
    def code(self):
        """The text with comments and literals blanked, line breaks kept; includes are gone too."""
        blank = lambda m: re.sub(r"[^\n]", " ", m.group(0))
        return _COMMENT_OR_LITERAL.sub(blank, _INCLUDE.sub(blank, self.text))

    def inside(self, *folders):
        return any(self.path.startswith(folder.rstrip("/") + "/") for folder in folders)


class SourceTree:
    """All text files under `root` but those that a build or a run has made."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = list(self._read())
        self._by_path = {file.path: file for file in self.files}

    def _read(self):
        for folder, subfolders, names in os.walk(self.root):
            subfolders[:] = sorted(name for name in subfolders if name not in SKIPPED_FOLDERS)
            for name in sorted(names):
                path = Path(folder) / name
                try:
                    text = path.read_text(encoding="utf-8")
                except (UnicodeDecodeError, OSError):
                    continue  # an image, a socket: nothing to read
                yield SourceFile(path.relative_to(self.root).as_posix(), text)

    def has(self, path):
        return path in self._by_path

    def get(self, path):
        return self._by_path[path]

    @property
    def cpp(self):
        return [file for file in self.files if file.is_cpp]

    @cached_property
    def services(self):
        return sorted({file.path.split("/")[1] for file in self.cpp if file.inside("services")})
