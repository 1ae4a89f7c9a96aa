"""The works, each in rounds in which the systems take turns."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

from .chains import Anvil, Salus, development_chain
from .files import AgeFiles, EvmFiles, Kubo, SalusFiles, change, same, write_random
from .machine import Failure, disk_bytes, free_range, of_children, processor_time, run
from .stores import Etcd, EtcdThree, Postgres
from .system import CLIENTS
from .tools import BIN

# Ports of loopback: each system has ten of a range of a hundred.
FIRST_PORT, LAST_PORT, RANGE = 46_000, 46_999, 100
KINDS = (Salus, Anvil, Postgres, Etcd, EtcdThree)
PORTS = {kind: 10 * index for index, kind in enumerate((*KINDS, SalusFiles, Kubo))}

# Anything that a system can do wrong. It is reported, and the others continue.
FAULTS = (Failure, OSError, HTTPException, KeyError, ValueError)


class Clock:
	"""The time that a run may take."""

	def __init__(self, seconds):
		self.seconds, self.start = seconds, time.monotonic()

	def left(self):
		return self.seconds - (time.monotonic() - self.start)

	def slice(self, share):
		"""Returns the moment at which this share of the whole time has passed from now."""
		return time.monotonic() + min(self.left(), share * self.seconds)


def median(values):
	values = [value for value in values if value is not None]
	return statistics.median(values) if values else None


def summarise(turns):
	"""Returns the medians of the turns of one system, for each record or operation."""
	return {
		"rounds": len(turns),
		"count": turns[0]["count"],
		"rate": median([turn["count"] / turn["seconds"] for turn in turns]),
		"rate_least": min(turn["count"] / turn["seconds"] for turn in turns),
		"rate_most": max(turn["count"] / turn["seconds"] for turn in turns),
		"seconds": median([turn["seconds"] / turn["count"] for turn in turns]),
		"servers_us": median([turn["servers"] / turn["count"] * 1e6 for turn in turns]),
		"generator_us": median([turn["generator"] / turn["count"] * 1e6 for turn in turns]),
		"generator_cores": median([turn["generator"] / turn["seconds"] for turn in turns]),
		"p50_ms": median([turn["p50_ms"] for turn in turns]),
		"p99_ms": median([turn["p99_ms"] for turn in turns]),
	}


class Run:
	"""Everything that is measured, and what is left out with the reason."""

	def __init__(self, machine, tools, options, say):
		self.machine, self.tools, self.options, self.say = machine, tools, options, say
		self.clock = Clock(options.minutes * 60)
		self.figures, self.left_out = {}, []
		self.size = 0
		# By name, and those for whole files by class.
		self.systems, self.for_files = {}, {}

	def skip(self, what, why):
		"""Notes what is left out, or what is odd about a figure."""
		self.left_out.append(f"{what}: {why}")
		self.say(f"NOTE: {what}: {why}")

	def begin(self):
		"""Starts every system that is here."""
		for system, needs in self.tools.missing.items():
			self.skip(system, f"this machine lacks {needs}")
		if self.tools.missing:
			self.say("benches/peers/run --install installs the peers.")
		if self.tools.has("Salus, files"):
			self.size, self.largest = map(int, run([BIN / "examples/load", "sizes"]).split())
			development_chain()
		else:
			# As the example `load sizes` prints.
			self.size, self.largest = 438, self.options.batch
		# All at once, because a chain needs some blocks before it is ready.
		wanted = [kind for kind in KINDS if self.tools.has(kind.name)]
		if self.tools.has("Salus, files"):
			wanted.append(SalusFiles)
		if self.tools.has("anvil + Kubo") or self.tools.has("age + Kubo"):
			wanted.append(Kubo)
		first = free_range(FIRST_PORT, LAST_PORT, RANGE)
		made = [self.new(kind, first) for kind in wanted]
		with ThreadPoolExecutor(len(made) or 1) as pool:
			started = list(pool.map(self.try_start, made))
		for kind, system in zip(wanted, started):
			if system and kind in KINDS:
				self.systems[kind.name] = system
			elif system:
				self.for_files[kind] = system

	def new(self, kind, first):
		return kind(self.machine, self.tools, first + PORTS[kind], self.size)

	def try_start(self, system):
		try:
			start = time.monotonic()
			system.start()
			self.say(f"{system.name}: ready after {time.monotonic() - start:.1f} s")
			return system
		except FAULTS as failure:
			system.stop()
			self.skip(system.name, str(failure))
			return None

	def remark(self, system):
		"""Notes that a system lost transactions."""
		if system.again:
			self.skip(system.name, f"lost transactions, which were sent again {system.again} times")
			system.again = 0

	def rounds(self, title, names, share, turn):
		"""Lets the systems take turns, each round another one first, and keeps the medians."""
		turns, end = {name: [] for name in names}, self.clock.slice(share)
		names = list(names)
		if self.clock.left() <= 0:
			self.figures[title] = {}
			return self.skip(title, "the time for the whole run is over")
		for number in range(self.options.rounds):
			if number > 0 and time.monotonic() > end:
				self.skip(f"{title}: rounds from {number + 1} on", "the time for this work is over")
				break
			shift = number % max(1, len(names))
			for name in names[shift:] + names[:shift]:
				try:
					turns[name].append(turn(name))
					last = turns[name][-1]
					self.say(
						f"{title}, round {number + 1}: {name}: "
						f"{last['count']} in {last['seconds']:.2f} s, "
						f"servers {last['servers']:.2f} s, generator {last['generator']:.2f} s"
					)
				except FAULTS as failure:
					self.skip(f"{title}: {name}", str(failure))
					names = [other for other in names if other != name]
					turns.pop(name)
		self.figures[title] = {name: summarise(done) for name, done in turns.items() if done}

	def decisions(self):
		systems = {name: system for name, system in self.systems.items() if system.decides}
		# Something to decide about.
		for system in systems.values():
			try:
				system.register(CLIENTS, 1)
			except FAULTS as failure:
				self.skip(f"decide: {system.name}", str(failure))
		systems = {name: system for name, system in systems.items() if system.registered}
		count = self.options.records * 5
		self.rounds("decide", systems, 0.05, lambda name: systems[name].decide(count))

	def registration(self):
		count, self.batch = self.options.records, min(self.options.batch, self.largest)
		batched = max(self.batch, count // self.batch * self.batch)

		def turn(name, count, batch):
			self.systems[name].renew()
			figures = self.systems[name].register(count, batch)
			self.remark(self.systems[name])
			return figures

		factor = {name: system.factor for name, system in self.systems.items()}
		self.rounds("single", factor, 0.13, lambda name: turn(name, count * factor[name], 1))
		self.rounds(
			"batched",
			factor,
			0.16,
			lambda name: turn(name, batched * factor[name] ** 2, self.batch),
		)

	def files(self):
		"""Adds and gets files of 1 MiB, and then a large one."""
		salus, kubo = self.for_files.get(SalusFiles), self.for_files.get(Kubo)
		small = {"Salus": salus} if salus else {}
		large = dict(small)
		if kubo and "anvil" in self.systems:
			self.systems["anvil"].renew()
			small["anvil + Kubo"] = EvmFiles(self.systems["anvil"], kubo)
		if kubo and self.tools.has("age + Kubo"):
			large["age + Kubo"] = AgeFiles(kubo)
		self.file_turns("1 MiB", small, 0.1, 1 << 20, self.options.files)
		self.file_turns("large", large, 0.2, self.options.large_mib << 20, 1)
		for system in self.for_files.values():
			system.stop()

	def file_turns(self, title, systems, share, size, each):
		"""Measures adding, and then getting, in one turn of each round."""
		file, copy = self.machine.path("file"), self.machine.path("copy")
		gets = {name: [] for name in systems}
		write_random(file, size)

		def turn(name):
			system = systems[name]
			add, get = sums(), sums()
			for _ in range(each):
				change(file)
				reference = timed(system, add, lambda: system.add(file))
				copy.unlink(missing_ok=True)
				timed(system, get, lambda: system.get(reference, copy))
				if not same(file, copy):
					raise Failure("the file came back altered")
				if size > 64 << 20:
					system.forget(reference)
			gets[name].append(get)
			self.say(f"{title} get: {name}: {get['count']} in {get['seconds']:.2f} s")
			return add

		self.rounds(f"{title} add", systems, share, turn)
		self.figures[f"{title} get"] = {
			name: summarise(done)
			for name, done in gets.items()
			if done and name in self.figures[f"{title} add"]
		}
		for path in (file, copy):
			path.unlink(missing_ok=True)

	def release(self):
		"""Runs scripts/bench-release's program on four validators, which no peer has."""
		program = BIN / "examples/release_latency"
		if self.options.short:
			return self.skip("request to opened key", "the long form measures it")
		if not program.exists():
			return self.skip(
				"request to opened key", f"{program} is missing; scripts/bench-release builds it"
			)
		try:
			# It ends with an error when it is slower than promised, and has printed its figures.
			out = run(
				["sh", "-c", '"$1" 20 || true', "sh", program], seconds=min(300, self.clock.left())
			)
			self.figures["release"] = [line for line in out.splitlines() if line.strip()]
		except Failure as failure:
			self.skip("request to opened key", str(failure))

	def curve(self):
		"""Fills fresh systems with 10^3, 10^4 and 10^5 records, each in its faster way."""
		points = self.options.curve
		if not points:
			return self.skip("the curve of records and bytes on disk", "the long form draws it")
		self.figures["curve"] = {}
		first = free_range(FIRST_PORT, LAST_PORT, RANGE)
		for kind in reversed(KINDS):
			if kind.name not in self.systems:
				continue
			self.systems.pop(kind.name).stop()
			system = self.try_start(self.new(kind, first))
			if system is None:
				continue
			rows = self.figures["curve"].setdefault(kind.name, [])
			end = self.clock.slice(0.4 if kind is Salus else 0.06)
			single, batched = (
				self.figures[title].get(kind.name, {"rate": 0})["rate"]
				for title in ("single", "batched")
			)
			self.fill(system, points, rows, end, self.batch if batched > single else 1)
			system.stop()

	def fill(self, system, points, rows, end, size):
		"""Registers records until each of the points, `size` in a transaction, and appends a row for
		each point. Stops at `end`, with a row for the records until then."""
		system.flush()
		before, base = sum(map(disk_bytes, system.folders)), system.registered
		for point in points:
			turns, failure = self.fill_to(system, base + point, end, size)
			if turns:
				system.flush()
				grown = sum(map(disk_bytes, system.folders)) - before
				count = sum(turn["count"] for turn in turns)
				rows.append(
					{
						"records": system.registered - base,
						"batch": size,
						"rate": count / sum(turn["seconds"] for turn in turns),
						"servers_us": sum(turn["servers"] for turn in turns) / count * 1e6,
						"bytes": grown / (system.registered - base) if system.keeps else None,
					}
				)
				self.say(f"curve: {system.name}: {rows[-1]}")
			self.remark(system)
			if failure:
				return self.skip(f"curve: {system.name} until {point:,} records", failure)

	def fill_to(self, system, target, end, size):
		"""Registers records up to this number, not all at once, so that the time can run out.
		Returns the turns, and why it stopped early."""
		turns = []
		while system.registered < target:
			left = end - time.monotonic()
			if left <= 0:
				return turns, "the time for it is over"
			step = min(5_000, target - system.registered)
			batch = min(size, step)
			try:
				turns.append(system.register(step // batch * batch, batch, max(60, left)))
			except FAULTS as failure:
				return turns, str(failure)
		return turns, None


def sums():
	return {
		"count": 0,
		"seconds": 0.0,
		"servers": 0.0,
		"generator": 0.0,
		"p50_ms": None,
		"p99_ms": None,
	}


def timed(system, sums, work):
	"""Runs one operation, and adds its time to the sums."""
	servers, clients, start = processor_time(system.pids()), of_children(), time.monotonic()
	result = work()
	sums["seconds"] += time.monotonic() - start
	sums["servers"] += processor_time(system.pids()) - servers
	sums["generator"] += of_children() - clients
	sums["count"] += 1
	return result
