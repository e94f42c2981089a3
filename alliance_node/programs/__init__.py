"""The shipped presets: program files a brand can start from. Owns the files; knows no brand and no database."""

from __future__ import annotations

from importlib.resources import files

from alliance_node.domain.program import ProgramFile, load_program

PRESETS = (
    "grocery-points",
    "coffee-stars",
    "music-points",
    "marketplace-beans",
    "daily-checkin",
    "airline-miles",
    "card-rewards",
)


def preset_text(name: str) -> str:
    """The YAML of a preset. Raises `KeyError` when there is none of that name."""
    if name not in PRESETS:
        raise KeyError(f"no preset {name!r}; there are: {', '.join(PRESETS)}")
    return (files(__package__) / f"{name}.yaml").read_text(encoding="utf-8")


def load_preset(name: str) -> ProgramFile:
    """The checked program of a preset."""
    return load_program(preset_text(name), f"{name}.yaml")
