"""One file per schema step, oldest first; never edited after a release."""
