"""The main job as one command: three brands, a year of real purchases, conversions on a real chain, an audit.

Owns: reading the public data sets, starting and stopping the processes, driving the clock, the summary.
May not: reach into a node's database or the domain; it uses a node as a brand's own systems would, over HTTP and
the command line.
"""
