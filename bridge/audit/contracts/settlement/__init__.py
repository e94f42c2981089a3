"""Settlement: every close, statement, payment and default, computed again from the ledger (`bridge.protocol`)."""
