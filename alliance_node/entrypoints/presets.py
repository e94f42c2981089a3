"""The program files shipped with the product."""

from importlib import resources

from alliance_node.entrypoints.settings import SettingsError

_PACKAGE = "alliance_node.programs"


def preset_names() -> list[str]:
    """Names of the shipped programs."""
    files = resources.files(_PACKAGE).iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def preset_text(name: str) -> str:
    """The YAML of a shipped program; raises SettingsError."""
    if name not in preset_names():
        raise SettingsError(f"there is no preset {name!r}", f"Choose one of: {', '.join(preset_names())}.")
    return (resources.files(_PACKAGE) / f"{name}.yaml").read_text()
