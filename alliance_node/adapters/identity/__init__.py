"""The identity vault: personal data, encrypted, apart from the ledger; API keys and the audit log of the node.

Owns the tables of `tables.py`. Knows nothing about points and is never imported by the domain.
"""
