"""The contracts' syntax trees as a file that slither reads (crytic-compile's archive), made by the locked compiler.

Slither would otherwise want a compiler of its own. Only the trees are needed, so no code is generated.
"""

import json
import sys
from pathlib import Path
from typing import Any

from bridge.audit.recompile import compile_sources, read_sources

ROOT = Path(__file__).resolve().parents[2]


def _filename(name: str) -> dict[str, str]:
    return dict.fromkeys(("absolute", "used", "short", "relative"), name)


def _source_unit(name: str, tree: dict[str, Any], contracts: dict[str, Any]) -> dict[str, Any]:
    rows = {
        contract: {
            "abi": made["abi"],
            "bin": "",
            "bin-runtime": "",
            "srcmap": "",
            "srcmap-runtime": "",
            "filenames": _filename(name),
            "libraries": {},
            "is_dependency": name.startswith("npm/"),
            "userdoc": {},
            "devdoc": {},
        }
        for contract, made in contracts.items()
    }
    return {"ast": tree, "contracts": rows}


def write_archive(path: Path) -> None:
    """Everything under contracts/ and what it imports; `path` must end in `_export_archive.json`."""
    sources = read_sources(ROOT)
    answer = compile_sources(ROOT, sources, {"evmVersion": "cancun"}, {"*": {"": ["ast"], "*": ["abi"]}})
    units = {
        name: _source_unit(name, made["ast"], answer["contracts"].get(name, {}))
        for name, made in answer["sources"].items()
    }
    unit = {
        "compiler": {"compiler": "solc", "version": "0.8.37", "optimized": True},
        "source_units": units,
        "filenames": [_filename(name) for name in units],
    }
    document = {
        "compilation_units": {"contracts": unit},
        "package": None,
        "working_dir": ".",
        "type": 1,
        "unit_tests": [],
        "crytic_version": "0.0.2",
        "source_content": {name: row["content"] for name, row in sources.items()},
    }
    path.write_text(json.dumps(document))


if __name__ == "__main__":
    write_archive(Path(sys.argv[1]))
