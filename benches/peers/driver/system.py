"""What the systems have in common that register records and decide about reading them."""

import json
import time

from .machine import processor_time, run
from .tools import PEERS

# Connections over which a load generator works, unless it only hands transactions in.
CLIENTS = 32


class System:
	"""A system under test.

	A subclass has `start`, which sets `processes` (the servers) and `folders` (their data), and
	`register(count, batch)`, which measures until the system calls all of it committed or final. If
	`decides`, it has `decide(count)` too.
	"""

	# Multiple of the counts, so that a fast system works for seconds too.
	factor = 1
	decides = True
	# Whether the data is on a disk.
	keeps = True

	def __init__(self, machine, tools, port, size):
		"""`size` is the number of bytes of one record."""
		self.machine, self.tools, self.port, self.size = machine, tools, port, size
		self.tag = f"{type(self).__name__.lower()}-{port}"
		self.log = f"{self.tag}.log"
		self.processes, self.folders = [], []
		# Records registered so far, and transactions sent.
		self.registered, self.sent = 0, 0
		# Times that it was handed transactions again.
		self.again = 0

	def serve(self, command, **options):
		process = self.machine.start(command, self.log, **options)
		self.processes.append(process)
		return process

	def pids(self):
		return [process.pid for process in self.processes]

	def stop(self):
		for process in self.processes:
			self.machine.stop(process)
		self.processes = []

	def renew(self):
		"""Makes the system ready for another turn of registrations."""

	def flush(self):
		"""Has the system write everything to its data folders."""

	def load(self, *arguments, **options):
		"""Runs the load generator, and returns what it prints."""
		return json.loads(run([PEERS / "load", *arguments], **options))

	def timed(self, count, work):
		"""Returns the figures of `work`, which returns those of the load generator."""
		servers, start = processor_time(self.pids()), time.monotonic()
		out = work()
		seconds = out.get("wall") or time.monotonic() - start
		return {
			"count": count,
			"seconds": seconds,
			"servers": processor_time(self.pids()) - servers,
			"generator": out["processor"],
			"p50_ms": out.get("p50_ms"),
			"p99_ms": out.get("p99_ms"),
		}
