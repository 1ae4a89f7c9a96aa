"""PostgreSQL and etcd: a record counts when the server has answered that it is committed."""

import hashlib
import os
import re
import shutil
import signal

from .machine import Failure, of_children, run
from .system import CLIENTS, System
from .tools import HERE

# Records in one statement. pgbench gives at most 255 values to each.
STATEMENT = 100


def digest(text):
	return hashlib.sha256(text).hexdigest()


class Postgres(System):
	"""PostgreSQL with its default durability: a commit returns when its log is on the disk."""

	name = "PostgreSQL"
	means = "synchronous commit, fsync; 1 server"
	factor = 4

	def as_owner(self, command):
		"""Returns a command run as the user who owns the data, because PostgreSQL refuses root."""
		user = self.machine.databases_user
		if not user:
			return command
		return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]

	def start(self):
		folder = self.machine.new_folder(self.tag)
		if self.machine.databases_user:
			shutil.chown(folder, self.machine.databases_user)
		self.folders = [folder]
		data = folder / "data"
		run(
			self.as_owner(
				[
					self.tools.postgres / "initdb",
					"--pgdata",
					data,
					"--username",
					"owner",
					"--auth",
					"trust",
					"--encoding",
					"UTF8",
					"--locale",
					"C",
				]
			),
			cwd="/",
			env={**os.environ, "LC_ALL": "C"},
		)
		server = self.serve(
			self.as_owner(
				[
					self.tools.postgres / "postgres",
					"-D",
					data,
					"-p",
					self.port,
					"-c",
					"listen_addresses=127.0.0.1",
					"-c",
					"unix_socket_directories=",
					"-c",
					"fsync=on",
					"-c",
					"synchronous_commit=on",
				]
			),
			cwd="/",
		)
		self.machine.wait_for_server(self, server, self.port)
		self.machine.wait_until("readiness of PostgreSQL", self.ready, server, self.log)
		self.sql("-f", HERE / "world/schema.sql")

	def ready(self):
		try:
			return self.sql("-c", "SELECT 1")
		except Failure:
			return False

	def connection(self, user):
		return ["-h", "127.0.0.1", "-p", self.port, "-U", user]

	def sql(self, *arguments):
		return run(
			[
				self.tools.postgres / "psql",
				*self.connection("owner"),
				"-d",
				"postgres",
				"-qAt",
				"-v",
				"ON_ERROR_STOP=1",
				*arguments,
			]
		)

	def stop(self):
		for process in self.processes:
			self.machine.stop(process, signal.SIGINT)
		self.processes = []

	def flush(self):
		self.sql("-c", "CHECKPOINT")

	def bench(self, user, script, count, *options, **environment):
		"""Runs a script of pgbench `count` times."""
		clients = min(CLIENTS, count)
		each = count // clients
		path = self.machine.path(f"{self.tag}.sql")
		path.write_text(script)
		before = of_children()
		out = run(
			[
				self.tools.postgres / "pgbench",
				*self.connection(user),
				"-n",
				"-M",
				"prepared",
				"-c",
				clients,
				"-j",
				2,
				"-t",
				each,
				"-f",
				path,
				*options,
				"postgres",
			],
			env={**os.environ, **environment},
		)
		rate = re.search(r"^tps = ([0-9.]+)", out, re.MULTILINE)
		latency = re.search(r"^latency average = ([0-9.]+)", out, re.MULTILINE)
		if not rate or "number of failed transactions: 0 " not in out:
			raise Failure(f"pgbench did not finish its transactions:\n{out}")
		return clients * each, {
			"processor": of_children() - before,
			# Without the time of connecting, as the other systems' clients stay connected.
			"wall": clients * each / float(rate[1]),
			"p50_ms": float(latency[1]),
		}

	def register(self, count, batch, seconds=120):
		each = min(batch, STATEMENT)
		contents = ", ".join([":content"] * each)
		author, patient = f"\\x{digest(bytes(4))}", f"\\x{digest(b'patient')}"
		statement = (
			"\\set first random(1, 9000000000000000000)\n"
			f"SELECT register(:first, '{author}', 1, '{patient}', ARRAY[{contents}]::bytea[]);\n"
		)
		rest = batch // each
		script = statement if rest == 1 else f"BEGIN;\n{statement * rest}COMMIT;\n"
		transactions = max(1, count // (each * rest))
		done = []

		def work():
			ran, out = self.bench(
				"author", script, transactions, "-D", "content=\\x" + "06" * self.size
			)
			done.append(ran * each * rest)
			return out

		figures = self.timed(count, work)
		figures["count"] = done[0]
		self.registered += done[0]
		present = int(self.sql("-c", "SELECT count(*) FROM versions"))
		if present != self.registered:
			raise Failure(f"PostgreSQL has {present} records instead of {self.registered}")
		return figures

	def decide(self, count):
		record = self.sql("-c", "SELECT encode(id, 'hex') FROM records LIMIT 1").strip()
		script = f"SELECT id FROM records WHERE id = '\\x{record}';\n"
		reader = {"PGOPTIONS": "-c salus.reader=" + digest((1).to_bytes(4, "big"))}
		seen = run(
			[
				self.tools.postgres / "psql",
				*self.connection("reader"),
				"-d",
				"postgres",
				"-qAt",
				"-c",
				script,
			],
			env={**os.environ, **reader},
		).strip()
		if seen != f"\\x{record}":
			raise Failure("the policy of PostgreSQL hides the record from its reader")
		done = []

		def work():
			ran, out = self.bench("reader", script, count, **reader)
			done.append(ran)
			return out

		figures = self.timed(count, work)
		figures["count"] = done[0]
		return figures


class Etcd(System):
	"""One member of etcd, which syncs each commit to the disk. It has no rules about reading."""

	name = "etcd"
	means = "raft, fsync; 1 member"
	factor = 4
	decides = False
	members = 1

	def start(self):
		self.folders = []
		ports = [
			(self.port + 2 * member, self.port + 2 * member + 1) for member in range(self.members)
		]
		cluster = ",".join(
			f"m{member}=http://127.0.0.1:{peer}" for member, (_, peer) in enumerate(ports)
		)
		for member, (client, peer) in enumerate(ports):
			folder = self.machine.new_folder(f"{self.tag}-{member}")
			self.folders.append(folder)
			self.serve(
				[
					self.tools.etcd,
					"--name",
					f"m{member}",
					"--data-dir",
					folder,
					"--listen-client-urls",
					f"http://127.0.0.1:{client}",
					"--advertise-client-urls",
					f"http://127.0.0.1:{client}",
					"--listen-peer-urls",
					f"http://127.0.0.1:{peer}",
					"--initial-advertise-peer-urls",
					f"http://127.0.0.1:{peer}",
					"--initial-cluster",
					cluster,
					"--initial-cluster-state",
					"new",
					"--log-level",
					"error",
					"--max-txn-ops",
					4096,
					"--max-request-bytes",
					16 << 20,
					"--quota-backend-bytes",
					8 << 30,
				]
			)
		self.endpoints = ",".join(f"http://127.0.0.1:{client}" for client, _ in ports)
		for (client, _), server in zip(ports, self.processes):
			self.machine.wait_for_server(self, server, client)
		# The first write succeeds when the members have a leader.
		self.register(1, 1)

	def register(self, count, batch, seconds=120):
		def work():
			out = self.load(
				"etcd",
				"--endpoints",
				self.endpoints,
				"--clients",
				CLIENTS,
				"--count",
				count,
				"--batch",
				batch,
				"--size",
				self.size,
				"--from",
				self.registered,
			)
			return {**out, "wall": out["seconds"]}

		figures = self.timed(count, work)
		self.registered += count
		return figures


class EtcdThree(Etcd):
	"""Three members of etcd on this machine."""

	name = "etcd x3"
	means = "raft, fsync; 3 members"
	members = 3
