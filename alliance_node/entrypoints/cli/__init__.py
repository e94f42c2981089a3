"""The `alliance` command line. Owns the tree of commands, exit codes and how errors are told; decides nothing.

Exit codes: 0 fine · 1 findings or a refusal · 2 usage · 3 the environment (port in use, database, chain, Node, keys).
"""

import sys


def main() -> None:
    """Entry point of the console script."""
    from alliance_node.entrypoints.cli.errors import report
    from alliance_node.entrypoints.cli.root import app

    try:
        app()
    except Exception as error:
        code = report(error)
        if code is None:
            raise
        sys.exit(code)
