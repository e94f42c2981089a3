"""The ConversionDesk for the auditor: reading a batch, deciding its items again, judging what the desk answered."""
