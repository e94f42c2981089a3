"""What a new program version takes from members: one file for each part of a program. `compare.py` is the entrance."""
