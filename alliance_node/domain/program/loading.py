"""Owns the way from YAML text to a checked `ProgramFile`: every problem is found in one pass and told with file, line,
place and reason. Reads no file: the text is an argument. Half-good programs do not exist: all or an error."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from alliance_node.domain.program.checks import advice, findings
from alliance_node.domain.program.finding import Path
from alliance_node.domain.program.healthy_part import findings_of_the_rest
from alliance_node.domain.program.returns import return_warnings
from alliance_node.domain.program.schema import ProgramFile

MAX_NODES = 20_000
MAX_DEPTH = 30
MAX_SHOWN = 80
MAX_BYTES = 512 * 1024
_TAG_FIELDS = ("kind", "type", "policy")
"""The fields that say which kind of option, amount or term a section is."""


class Problem(NamedTuple):
    """One thing wrong with a program file."""

    file: str
    line: int
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.where}: {self.reason}"


class ProgramInvalid(Exception):
    """The program file is refused; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.where))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _Loader(yaml.SafeLoader):
    """Dates stay texts, so that the schema and not YAML says what a time is."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_program(text: str, file: str = "program.yaml") -> ProgramFile:
    """The program of a YAML text. Raises `ProgramInvalid` with all problems at once."""
    document = _Document(text, file)
    if document.problems:
        raise ProgramInvalid(document.problems)
    try:
        program = ProgramFile.model_validate(document.value)
    except ValidationError as error:
        problems = [_problem(document, tuple(e["loc"]), e["type"], e["msg"], e.get("input")) for e in error.errors()]
        places = [(_existing_path(document.value, tuple(e["loc"])), str(e["type"])) for e in error.errors()]
        rest = findings_of_the_rest(document.value, places)
        raise ProgramInvalid([*problems, *(document.problem(*finding) for finding in rest)]) from error
    found = findings(program)
    if found:
        raise ProgramInvalid([document.problem(path, reason) for path, reason in found])
    return program


def warnings(program: ProgramFile, text: str = "", file: str = "program.yaml") -> list[Problem]:
    """Advice on a valid program (few channel kinds, unhealthy return); with the text, with line numbers."""
    document = _Document(text, file) if text else None
    found = [*advice(program), *((("redemption",), reason) for reason in return_warnings(program))]
    return [
        document.problem(path, reason) if document else Problem(file, 0, _dotted(path), reason)
        for path, reason in found
    ]


class _Document:
    """The plain value of a YAML text and the line of each of its places."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[Path, int] = {(): 1}
        self.value: Any = None
        self._nodes = 0
        if len(text.encode()) > MAX_BYTES:
            self.problems.append(Problem(file, 1, "file", f"is longer than {MAX_BYTES} bytes"))
            return
        try:
            self._loader = _Loader(text)
            node = self._loader.get_single_node()
        except RecursionError:
            self.problems.append(Problem(file, 1, "file", f"is nested more than {MAX_DEPTH} levels deep"))
            return
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error)
            self.problems.append(Problem(file, mark.line + 1 if mark else 1, "file", f"is not YAML: {reason}"))
            return
        if node is None:
            self.problems.append(Problem(file, 1, "file", "is empty"))
            return
        self.value = self._build(node, ())

    def problem(self, path: Path, reason: str) -> Problem:
        """The problem at the nearest place that the file has."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines[known], _dotted(path), reason)

    def _build(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            if self._nodes == MAX_NODES + 1:
                self.problems.append(Problem(self.file, 1, "file", f"has more than {MAX_NODES} values"))
            return None
        if len(path) > MAX_DEPTH:  # an alias may even hold itself
            line = node.start_mark.line + 1
            self.problems.append(Problem(self.file, line, str(path[0]), f"is nested more than {MAX_DEPTH} levels deep"))
            return None
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*path, number)) for number, item in enumerate(node.value)]
        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.problems.append(
                Problem(self.file, node.start_mark.line + 1, _dotted(path), f"cannot be read: {error}")
            )
            return None

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            place = (*path, key)
            line = key_node.start_mark.line + 1
            if key in result:
                self.problems.append(Problem(self.file, line, _dotted(place), "is given twice"))
            self.lines[place] = line
            result[key] = self._build(value_node, place)
        return result


def _problem(document: _Document, loc: tuple[str | int, ...], kind: str, message: str, value: Any) -> Problem:
    path = _existing_path(document.value, loc)
    reason = message.removeprefix("Value error, ")
    if kind == "extra_forbidden":
        reason = "unknown field"
    elif kind == "missing":
        reason = f"needs the field {loc[-1]}"
    elif isinstance(value, str | int | float | bool) or value is None:
        reason = f"{reason} (found {_short(value)})"
    return document.problem(path, reason)


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}…"


def _existing_path(value: Any, loc: tuple[str | int, ...]) -> Path:
    """pydantic's place without the tags of unions, which are no places of the file (a benefit option has a field named
    like its tag: the first of the two is the tag)."""
    path: list[str | int] = []
    told = False
    for number, step in enumerate(loc):
        if not told and _is_tag(value, step):
            told = True
            continue
        inside = _child(value, step)
        if inside is None and number < len(loc) - 1:
            continue
        path.append(step)
        value, told = inside[0] if inside else None, False
    return tuple(path)


def _is_tag(value: Any, step: str | int) -> bool:
    return isinstance(value, dict) and any(value.get(name) == step for name in _TAG_FIELDS)


def _child(value: Any, step: str | int) -> tuple[Any] | None:
    if isinstance(value, dict) and step in value:
        return (value[step],)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return (value[step],)
    return None


def _dotted(path: Path) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text or "file"
