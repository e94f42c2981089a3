"""One module (or folder) per contract: what the auditor knows about it. `bridge/audit/audited.py` lists them."""
