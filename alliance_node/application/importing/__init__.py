"""Bringing members, opening balances and purchase history from another system, out of files.

Owns reading meaning into rows, batches with durable progress, and the report. May not know file formats or SQL.
"""
