"""Programs: a brand's rules as one versioned file. Owns schema, checks, compiler and the book of versions."""

from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.program.loading import Problem, ProgramInvalid, load_program, warnings
from alliance_node.domain.program.offers import CompiledOffer
from alliance_node.domain.program.schema import ProgramFile, json_schema

__all__ = [
    "CompiledOffer",
    "CompiledProgram",
    "Problem",
    "ProgramBook",
    "ProgramFile",
    "ProgramInvalid",
    "json_schema",
    "load_program",
    "warnings",
]
