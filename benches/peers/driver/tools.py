"""Places of the systems' programs, and their installation."""

import os
import shutil
from pathlib import Path

from .machine import Failure, run

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
CACHE = Path(
	os.environ.get("SALUS_CACHE")
	or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "salus"
)
PEERS = CACHE / "peers"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or Path.home() / ".cache/salus/target")
BIN = Path(os.environ.get("SALUS_BIN") or TARGET / "release")

SALUS = ("salus-node", "salus", "examples/load")


class Tools:
	"""The programs that are on this machine. `missing` says of each absent system what it needs."""

	def __init__(self):
		self.missing = {}
		self.load = self.built(
			"load", "the load generator", "anvil", "etcd", "etcd x3", "anvil + Kubo"
		)
		self.etcd = self.built("etcd", "etcd", "etcd", "etcd x3")
		self.anvil = self.found_anvil()
		self.postgres = self.found_postgres()
		self.kubo = Path(run([ROOT / "scripts/install-kubo", "--print-path"]).strip())
		if not self.kubo.exists():
			self.lacks("Kubo", "anvil + Kubo", "age + Kubo")
		self.age = shutil.which("age")
		if not self.age or not shutil.which("age-keygen"):
			self.lacks("age", "age + Kubo")
		absent = [name for name in SALUS if not (BIN / name).exists()]
		if absent:
			why = f"{', '.join(absent)} in {BIN}. Build them as docs/performance.md says"
			self.lacks(why, "Salus", "Salus, files")
		if not self.load:
			self.lacks("the load generator", "Salus")

	def lacks(self, what, *systems):
		for system in systems:
			self.missing.setdefault(system, what)

	def has(self, system):
		return system not in self.missing

	def built(self, name, what, *systems):
		path = PEERS / name
		if path.exists():
			return path
		self.lacks(what, *systems)
		return None

	def found_anvil(self):
		for path in sorted(PEERS.glob("npm/node_modules/@foundry-rs/anvil-*/bin/anvil")):
			if (PEERS / "contract/Records.bin").exists():
				path.chmod(0o755)
				return path
		self.lacks("anvil, or its contract", "anvil", "anvil + Kubo")
		return None

	def found_postgres(self):
		"""Returns the folder of PostgreSQL's programs."""
		folders = sorted(
			Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
		)
		folders += [Path(found).parent for found in [shutil.which("initdb")] if found]
		for folder in reversed(folders):
			if all((folder / name).exists() for name in ("initdb", "postgres", "psql", "pgbench")):
				return folder
		self.lacks("PostgreSQL with pgbench", "PostgreSQL")
		return None

	def versions(self):
		"""Returns the version of each program that is here."""
		commands = {
			"Salus": [BIN / "salus-node", "--version"],
			"anvil": self.anvil and [self.anvil, "--version"],
			"PostgreSQL": self.postgres and [self.postgres / "postgres", "--version"],
			"etcd": self.etcd and [self.etcd, "--version"],
			"Kubo": self.kubo.exists() and [self.kubo, "version", "--number"],
			"age": self.age and [self.age, "--version"],
		}
		found = {}
		for name, command in commands.items():
			if command and Path(command[0]).exists():
				line = run(command).splitlines()[0]
				found[name] = next(
					(word for word in line.split() if word.strip("v")[:1].isdigit()), line
				)
		return found


def install(say):
	"""Installs what is missing. Returns whether everything is there."""
	complete = True
	for step in (install_anvil, install_go, install_kubo, install_debian):
		try:
			step(say)
		except Failure as failure:
			say(f"not installed: {failure}")
			complete = False
	return complete


def install_anvil(say):
	"""Installs anvil and the compiler by the lock file, which has the checksums."""
	if not shutil.which("npm"):
		raise Failure("anvil, because npm is missing. Run scripts/setup --tests.")
	folder = PEERS / "npm"
	folder.mkdir(parents=True, exist_ok=True)
	wanted = (HERE / "npm/package-lock.json").read_bytes()
	installed = folder / "package-lock.json"
	if not (
		installed.exists()
		and installed.read_bytes() == wanted
		and (folder / "node_modules").exists()
	):
		say("installing anvil and solc ...")
		for name in ("package.json", "package-lock.json", "compile.js"):
			shutil.copy(HERE / "npm" / name, folder)
		run(
			["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
			cwd=folder,
		)
	contract = PEERS / "contract"
	contract.mkdir(exist_ok=True)
	shutil.copy(HERE / "npm/compile.js", folder)
	run(["node", folder / "compile.js", HERE / "world/Records.sol", contract])


def install_go(say):
	"""Builds the load generator, and etcd. go.sum has the checksums of everything."""
	if not shutil.which("go"):
		raise Failure(
			"etcd and the load generator, because Go is missing. Install Go 1.26 or later."
		)
	PEERS.mkdir(parents=True, exist_ok=True)
	for name, package in (("load", "."), ("etcd", "go.etcd.io/etcd/server/v3")):
		say(f"building {name} (the first time takes some minutes) ...")
		run(
			["nice", "go", "build", "-trimpath", "-mod=readonly", "-o", PEERS / name, package],
			cwd=HERE / "load",
			env={**os.environ, "CGO_ENABLED": "0"},
			seconds=1800,
		)


def install_kubo(say):
	say("Kubo ...")
	run([ROOT / "scripts/install-kubo"], seconds=3600)


def install_debian(say):
	"""Installs PostgreSQL and age. apt verifies Debian's signatures."""
	tools = Tools()
	packages = [] if tools.postgres else ["postgresql", "postgresql-contrib"]
	packages += [] if tools.age else ["age"]
	if not packages:
		return
	if not shutil.which("apt-get"):
		raise Failure(
			f"{' '.join(packages)}, because this system has no apt-get. Install them by hand."
		)
	root = [] if os.geteuid() == 0 else ["sudo"]
	quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
	say(f"installing {' '.join(packages)} ...")
	run([*root, "apt-get", "update", "-qq"], env=quiet)
	if "postgresql" in packages:
		# Else the package starts a server.
		setting = "/etc/postgresql-common/createcluster.d/salus-peers.conf"
		script = 'mkdir -p "${1%/*}" && echo "create_main_cluster = false" >"$1"'
		run([*root, "sh", "-c", script, "sh", setting])
	run([*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], env=quiet)
