"""One file per kind of decision. Pure: reads the state it is given, returns events, never mutates (see `decide.py`)."""
