"""Readers of the two public data sets. They yield integer cents and UTC seconds and know nothing of nodes or points."""
