"""How the command line says no: one line what happened, one line what to do, and an exit code a script can use."""

from rich.text import Text

from alliance_node.adapters.chain.terminal import PlainConsole

FINDINGS = 1
USAGE = 2
ENVIRONMENT = 3

ENVIRONMENT_CODES = frozenset(
    {
        "address_book_error",
        "address_unusable",
        "anvil_failed",
        "artifacts_missing",
        "broken_log",
        "chain_error",
        "database_busy",
        "database_unavailable",
        "file_missing",
        "key_file_exposed",
        "key_file_malformed",
        "key_file_missing",
        "key_unavailable",
        "node_missing",
        "no_program_in_force",
        "not_drained",
        "not_mined",
        "port_in_use",
        "rpc_error",
        "rpc_unavailable",
        "settings_error",
        "shutting_down",
        "state_file_corrupt",
        "unknown_key_generation",
        "wrong_chain_id",
    }
)


class CommandRefused(Exception):
    """A command that can not be carried out as asked."""

    def __init__(self, message: str, next_step: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code
        self.next_step = next_step


def report(error: Exception) -> int | None:
    """Tells a typed error and returns the exit code; None for a bug, which deserves its traceback."""
    code, next_step = getattr(error, "code", None), getattr(error, "next_step", None)
    if not isinstance(code, str):
        return None
    console = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text(code, "bold red"), end="")
    console.print(f": {error}")
    if isinstance(next_step, str):
        console.print(f"→ {next_step}")
    if code == "usage":
        return USAGE
    return ENVIRONMENT if code in ENVIRONMENT_CODES else FINDINGS
