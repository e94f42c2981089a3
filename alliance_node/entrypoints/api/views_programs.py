"""Programs, their versions and what they return, as the API's and the command line's JSON. Owns the form only."""

from collections.abc import Sequence

from alliance_node.application.activate_program import VersionView
from alliance_node.domain.program import Problem, ProgramFile
from alliance_node.domain.program.compare import Change
from alliance_node.domain.program.returns import Return, effective_returns, percent, return_warnings
from alliance_node.entrypoints.api.views import Json, instant


def version(view: VersionView, language: str) -> Json:
    """One entry of `GET /v1/program/versions`."""
    return {
        "version": view.version,
        "state": view.state,
        "announced_at": instant(view.announced_at),
        "effective_from": instant(view.effective_from),
        "worse": changes(view.worse),
        "announcement": view.chinese if language == "zh" else view.english,
    }


def changes(found: Sequence[Change]) -> list[Json]:
    """Every point in which a version is worse for members."""
    return [
        {
            "path": change.path,
            "old": change.old,
            "new": change.new,
            "reason": change.reason,
            "devaluation": change.devaluation,
        }
        for change in found
    ]


def problems(found: Sequence[Problem]) -> list[Json]:
    """What is wrong with a file, or advice about it, with its lines."""
    return [{"file": one.file, "line": one.line, "where": one.where, "reason": one.reason} for one in found]


def returns(program: ProgramFile) -> Json:
    """What a member gets back of each unit of money, per tier, and warnings outside the healthy band (R-VAL-1)."""
    return {
        "tiers": [
            {
                "tier": tier.tier,
                "best": _return(tier.best),
                "typical": _return(tier.typical),
                "worst": _return(tier.worst),
            }
            for tier in effective_returns(program)
        ],
        "warnings": return_warnings(program),
    }


def _return(item: Return) -> Json:
    return {"percent": percent(item.rate).removesuffix(" %"), "option": item.offer, "way": item.way}
