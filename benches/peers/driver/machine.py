"""Processes, processor time and disk space of the systems under test."""

import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from http.client import HTTPException
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
	"""A reason for which a part of the run is left out."""


def stat_of(process):
	"""Returns the parent and the processor time of a process and of its ended children, in seconds;
	None if the process has ended."""
	try:
		text = Path(f"/proc/{process}/stat").read_text()
	except OSError:
		return None
	# The name is in parentheses, and can contain spaces.
	fields = text.rsplit(")", 1)[1].split()
	return int(fields[1]), sum(map(int, fields[11:15])) / TICK


def processor_time(roots):
	"""Returns the processor time of these processes and all their descendants, in seconds."""
	stats = {int(name): stat_of(name) for name in os.listdir("/proc") if name.isdigit()}
	children = {}
	for process, stat in stats.items():
		if stat:
			children.setdefault(stat[0], []).append(process)
	total, waiting = 0.0, list(roots)
	while waiting:
		process = waiting.pop()
		waiting.extend(children.get(process, []))
		total += stats[process][1] if stats.get(process) else 0.0
	return total


def of_children():
	"""Returns the processor time of the ended commands of this program, in seconds."""
	usage = resource.getrusage(resource.RUSAGE_CHILDREN)
	return usage.ru_utime + usage.ru_stime


def disk_bytes(folder):
	"""Returns the bytes that a folder's files occupy on the disk."""
	total = 0
	for place, _, names in os.walk(folder):
		for name in names:
			try:
				total += os.lstat(os.path.join(place, name)).st_blocks * 512
			except FileNotFoundError:
				pass
	return total


def sockets():
	"""Returns pairs of the local port and the state of each TCP socket."""
	for table in ("/proc/net/tcp", "/proc/net/tcp6"):
		try:
			lines = Path(table).read_text().splitlines()[1:]
		except OSError:
			continue
		for line in lines:
			fields = line.split()
			yield int(fields[1].rsplit(":", 1)[1], 16), fields[3]


def listens(port):
	"""Returns whether a server listens on a port.

	Connecting would not do: a connection to a port of the range for outgoing connections can reach
	itself, and then keeps the server from the port.
	"""
	return any(pair == (port, "0A") for pair in sockets())


def free_range(first, last, size):
	"""Returns the first port of a range of free ones."""
	used = {port for port, _ in sockets()}
	for start in range(first, last - size + 2, size):
		if not used.intersection(range(start, start + size)):
			return start
	raise Failure(f"no {size} free ports in a row between {first} and {last}. Try again later.")


class Machine:
	"""The temporary folder and the processes of a run, which end with it."""

	def __init__(self):
		self.folder = Path(tempfile.mkdtemp(prefix="salus-peers."))
		# PostgreSQL runs as another user, who must reach its own folder in here.
		self.folder.chmod(0o711)
		self.processes = []
		self.databases_user = None
		if os.geteuid() == 0:
			names = {entry.pw_name for entry in pwd.getpwall()}
			self.databases_user = "postgres" if "postgres" in names else "nobody"

	def path(self, name):
		return self.folder / name

	def new_folder(self, name):
		folder = self.path(name)
		shutil.rmtree(folder, ignore_errors=True)
		folder.mkdir()
		return folder

	def start(self, command, log, **options):
		"""Starts a server whose output goes into a file of the temporary folder."""
		with open(self.path(log), "ab") as output:
			process = subprocess.Popen(
				[str(word) for word in command],
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT,
				start_new_session=True,
				**options,
			)
		self.processes.append(process)
		return process

	def stop(self, process, kind=signal.SIGTERM):
		"""Ends a server, by force after 15 s."""
		if process.poll() is None:
			process.send_signal(kind)
			try:
				process.wait(15)
			except subprocess.TimeoutExpired:
				process.kill()
				process.wait()
		if process in self.processes:
			self.processes.remove(process)

	def wait_until(self, what, probe, process=None, log=None, seconds=60):
		"""Repeats a probe until it returns something true, and returns that."""
		end = time.monotonic() + seconds
		while time.monotonic() < end:
			try:
				found = probe()
			except (OSError, HTTPException):
				found = None
			if found:
				return found
			if process and process.poll() is not None:
				break
			time.sleep(0.02)
		tail = ""
		if log:
			tail = ":\n" + "\n".join(self.path(log).read_text(errors="replace").splitlines()[-8:])
		raise Failure(f"{what} did not happen within {seconds} s{tail}")

	def wait_for_server(self, system, process, port):
		"""Waits until a server that was just started listens."""
		self.wait_until(f"start of {system.name}", lambda: listens(port), process, system.log)

	def clean_up(self):
		"""Ends all servers together, by force those that take longer than 3 s: their data goes."""
		for process in self.processes:
			if process.poll() is None:
				# PostgreSQL's fast shutdown; the others end as well.
				process.send_signal(signal.SIGINT)
		end = time.monotonic() + 3
		for process in self.processes:
			try:
				process.wait(max(0.1, end - time.monotonic()))
			except subprocess.TimeoutExpired:
				process.kill()
				process.wait()
		shutil.rmtree(self.folder, ignore_errors=True)


def run(command, seconds=600, **options):
	"""Runs a command, and returns its standard output. Raises a failure with its last lines."""
	words = [str(word) for word in command]
	try:
		done = subprocess.run(
			words, capture_output=True, check=False, text=True, timeout=seconds, **options
		)
	except subprocess.TimeoutExpired:
		raise Failure(f"{Path(words[0]).name} did not end within {seconds:.0f} s") from None
	except OSError as error:
		raise Failure(f"{words[0]} cannot be run: {error}") from None
	if done.returncode != 0:
		last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-6:])
		raise Failure(f"{Path(words[0]).name} {' '.join(words[1:3])} failed:\n{last}")
	return done.stdout
