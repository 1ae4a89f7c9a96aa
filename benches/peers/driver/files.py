"""Whole files: Salus's command line, anvil with Kubo, and age with Kubo.

Each has `add(file)`, which returns what `get` needs, `get(reference, out)`, and `forget(reference)`.
"""

import json
import os

from .chains import ask, salus_node
from .machine import run
from .system import System
from .tools import BIN

# Time limit of one command, in seconds.
PATIENCE = 300


class SalusFiles(System):
	"""A development node with its embedded IPFS store, and the command line."""

	name = "Salus"

	def start(self):
		folder = self.machine.new_folder(self.tag)
		self.url = f"http://127.0.0.1:{self.port}"
		node = self.serve(salus_node(self.port, folder))
		self.folders = [folder]
		self.machine.wait_for_server(self, node, self.port)
		# As scripts/quickstart does.
		for who, line in (
			("//Alice", "org register --kind hospital --admin //Alice"),
			("//Alice", "org set-key 1"),
			("//Alice", "member admit --org 1 //DoctorA --role practitioner"),
			("//DoctorA", "keys publish"),
			("//Alice", "member admit --org 1 //Alice//storage --role storage-node"),
			("//Alice", "patient enrol --org 1 --patient //Patient"),
			(
				"//Patient",
				"consent grant --to //DoctorA --everything --purpose TREAT --action read --for 30d",
			),
		):
			self.salus(who, *line.split())
		self.machine.wait_until(
			"forming of the committee's key", lambda: ask(self.url, "salus_activeEpoch") == 1
		)

	def salus(self, who, *words):
		out = run(
			[
				BIN / "salus",
				"--json",
				"--url",
				self.url.replace("http", "ws"),
				"--state-dir",
				self.machine.path("state"),
				"--as",
				who,
				*words,
			],
			seconds=PATIENCE,
		)
		return json.loads(out) if out.strip() else None

	def add(self, file):
		added = self.salus(
			"//DoctorA",
			"record",
			"add",
			file,
			"--patient",
			"//Patient",
			"--org",
			"1",
			"--category",
			"imaging",
			"--title",
			"Scan",
			"--wait",
			"stored",
		)
		return added[0]["record"]

	def get(self, reference, out):
		# By a doctor, to whom the committee must release the key. The patient has a wrap of it.
		self.salus("//DoctorA", "record", "get", reference, "--purpose", "TREAT", "--out", out)

	def forget(self, reference):
		self.salus("//Patient", "record", "erase", reference, "--yes", "--wait")


class Kubo(System):
	"""A daemon of Kubo without peers."""

	name = "Kubo"

	def start(self):
		folder = self.machine.new_folder(self.tag)
		self.folders = [folder]
		self.environment = {**os.environ, "IPFS_PATH": str(folder), "IPFS_TELEMETRY": "off"}
		# As e2e/src/kubo.rs does. The profile `test` listens on loopback only.
		for line in (
			"init --profile=test",
			f"config Addresses.API /ip4/127.0.0.1/tcp/{self.port}",
			f"config Addresses.Gateway /ip4/127.0.0.1/tcp/{self.port + 1}",
			f'config --json Addresses.Swarm ["/ip4/127.0.0.1/tcp/{self.port + 2}"]',
			"config --json AutoConf.Enabled false",
			"config --json Bootstrap []",
			"config --json DNS.Resolvers {}",
			"config Routing.Type none",
			"config --json Routing.DelegatedRouters []",
			"config --json Ipns.DelegatedPublishers []",
		):
			self.ipfs(*line.split())
		daemon = self.serve([self.tools.kubo, "daemon"], env=self.environment)
		log = self.machine.path(self.log)
		self.machine.wait_until(
			"start of Kubo", lambda: "Daemon is ready" in log.read_text(), daemon, self.log
		)

	def ipfs(self, *words):
		return run([self.tools.kubo, *words], env=self.environment, seconds=PATIENCE)

	def forget(self, root):
		self.ipfs("pin", "rm", root)
		self.ipfs("repo", "gc", "--quiet")


class EvmFiles:
	"""anvil and Kubo: encrypts as Salus does, adds to Kubo, registers in the contract."""

	name = "anvil + Kubo"

	def __init__(self, anvil, kubo):
		self.anvil, self.kubo = anvil, kubo

	def pids(self):
		return self.anvil.pids() + self.kubo.pids()

	def client(self, command, *options):
		return self.anvil.load(
			command,
			"--url",
			self.anvil.url,
			"--contract",
			self.anvil.contract,
			"--to",
			self.anvil.address,
			"--kubo",
			f"http://127.0.0.1:{self.kubo.port}",
			*options,
		)

	def add(self, file):
		out = self.client("evm-add", "--file", file, "--nonce", self.anvil.added)
		self.anvil.added += 1
		return out["reference"]

	def get(self, reference, out):
		self.client("evm-get", "--file", out, "--reference", reference)

	def forget(self, reference):
		self.kubo.forget(reference.split(",")[1])


class AgeFiles:
	"""age and Kubo: encrypts and stores. It asks nobody for consent and keeps no log."""

	name = "age + Kubo"

	def __init__(self, kubo):
		self.kubo = kubo
		self.key = kubo.machine.path("age.key")
		run(["age-keygen", "-o", self.key])
		self.recipient = run(["age-keygen", "-y", self.key]).strip()

	def pids(self):
		return self.kubo.pids()

	def shell(self, script, *arguments):
		"""Runs a pipe whose parts must all succeed."""
		return run(
			["bash", "-c", "set -euo pipefail; " + script, "bash", *arguments],
			env=self.kubo.environment,
			seconds=PATIENCE,
		)

	def add(self, file):
		script = (
			'age -r "$2" -- "$3" | "$1" add --quieter --pin --progress=false '
			"--cid-version 1 --raw-leaves --chunker size-1048576"
		)
		return self.shell(script, self.kubo.tools.kubo, self.recipient, file).split()[-1]

	def get(self, reference, out):
		script = '"$1" cat --progress=false "$2" | age -d -i "$3" -o "$4"'
		self.shell(script, self.kubo.tools.kubo, reference, self.key, out)

	def forget(self, reference):
		self.kubo.forget(reference)


def write_random(path, size):
	"""Writes a file that no compression makes smaller."""
	with open(path, "wb") as file:
		for start in range(0, size, 1 << 20):
			file.write(os.urandom(min(1 << 20, size - start)))


def change(path):
	"""Changes a file's first bytes, because Salus adds the same file to a patient only once."""
	with open(path, "r+b") as file:
		file.write(os.urandom(32))


def same(one, other):
	"""Returns whether two files have the same bytes."""
	with open(one, "rb") as left, open(other, "rb") as right:
		while True:
			part = left.read(1 << 20)
			if part != right.read(1 << 20):
				return False
			if not part:
				return True
