"""Driver of benches/peers/run: starts the systems, has their load generators put the work to them,
and reports.

It uses Python's standard library only. It never generates load itself, because an interpreter would
be the bottleneck: the generators are pgbench, benches/peers/load (Go) and Salus's own command line.
"""
