"""The alliance's ledger for the node: the only place in the node that imports `bridge`."""
