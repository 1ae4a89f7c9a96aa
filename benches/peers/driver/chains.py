"""Salus and anvil: transactions are signed ahead, and count when a block (of Salus: final) has them."""

import json
import time
import urllib.request

from .machine import Failure, run
from .system import CLIENTS, System
from .tools import BIN, PEERS

# Connections over which transactions are handed in, transactions in one batch of JSON-RPC, and
# their bytes together, and Salus takes 15 MiB of them.
SENDERS = 4
RPC_BATCH = 100
RPC_BYTES = 4 << 20
# Transactions that may wait in the node at most, and seconds without progress after which they are
# sent again.
WINDOW = 2000
STALL = 10

# //Bob, the patient of the example `load`.
PATIENT = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"


def ask(url, method, *parameters):
	"""Calls a method of JSON-RPC, and returns the result."""
	body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
	request = urllib.request.Request(url, body.encode(), {"content-type": "application/json"})
	with urllib.request.urlopen(request, timeout=60) as response:
		answer = json.load(response)
	if "error" in answer:
		raise Failure(f"{method}: {answer['error']}")
	return answer["result"]


class Chain(System):
	"""A chain with JSON-RPC. A subclass has `sign`, `records` and the name of the method."""

	@property
	def url(self):
		return f"http://127.0.0.1:{self.port}"

	def send(self, lines, *options):
		"""Hands in transactions, and returns the processor time of the generator."""
		path = self.machine.path(f"{self.tag}.transactions")
		path.write_text("".join(lines))
		each = max(1, min(RPC_BATCH, RPC_BYTES // len(lines[0])))
		command = ["send", "--url", self.url, "--method", self.method]
		with open(path) as transactions:
			out = self.load(
				*command, "--connections", SENDERS, "--batch", each, *options, stdin=transactions
			)
		return out["processor"]

	def register(self, count, batch, seconds=120):
		calls = count // batch
		lines = self.sign(calls, batch).splitlines(keepends=True)
		end = time.monotonic() + seconds

		def work():
			generator = 0.0
			for first in range(0, calls, WINDOW):
				part = lines[first : first + WINDOW]
				# Only half a window may wait then.
				generator += self.settle(lines[:first], self.registered - WINDOW // 2 * batch, end)
				generator += self.send(part)
				self.registered += len(part) * batch
			generator += self.settle(lines, self.registered, end)
			return {"processor": generator}

		self.sent += calls
		return self.timed(calls * batch, work)

	def settle(self, lines, target, end):
		"""Waits until a number of records is registered. When nothing moves, sends the transactions
		again, because the pool of a busy node can lose some. Returns the generator's time for that.
		"""
		generator, reached, moved = 0.0, self.records(), time.monotonic()
		while reached < target:
			now = time.monotonic()
			if now > end or self.processes[0].poll() is not None:
				raise Failure(f"{reached:,} of {target:,} records are registered in time")
			if now - moved > STALL:
				generator += self.send(lines, "--again")
				self.again += 1
				moved = time.monotonic()
			time.sleep(0.02)
			records = self.records()
			if records > reached:
				reached, moved = records, time.monotonic()
		return generator

	def decide_by(self, count, method, parameters, expect):
		def work():
			out = self.load(
				"call",
				"--url",
				self.url,
				"--method",
				method,
				"--params",
				json.dumps(parameters),
				"--expect",
				expect,
				"--connections",
				CLIENTS,
				"--count",
				count,
			)
			return {**out, "wall": out["seconds"]}

		return self.timed(count, work)


def development_chain():
	"""Returns the development chain's specification with its first state, made once for each build.

	With `--dev`, a node makes that state at every start, which takes it more than ten seconds of
	processor time.
	"""
	node, path = BIN / "salus-node", BIN / "peers-chain.json"
	if not path.exists() or path.stat().st_mtime < node.stat().st_mtime:
		text = run([node, "export-chain-spec", "--chain", "dev", "--raw"])
		part = path.with_suffix(".part")
		part.write_text(text)
		part.rename(path)
	return path


def salus_node(port, folder):
	"""Returns the command of a development node, with its JSON-RPC on this port of loopback."""
	return [
		BIN / "salus-node",
		"--chain",
		development_chain(),
		"--alice",
		"--force-authoring",
		"--unsafe-force-node-key-generation",
		"--base-path",
		folder,
		"--compiled-runtimes",
		BIN / "compiled-runtimes",
		"--rpc-port",
		port,
		"--listen-addr",
		f"/ip4/127.0.0.1/tcp/{port + 1}",
		"--ipfs-api-port",
		port + 2,
		"--no-prometheus",
		"--no-telemetry",
		"--no-mdns",
		"--rpc-methods",
		"unsafe",
		"--rpc-max-batch-request-len",
		RPC_BATCH,
		"--pool-limit",
		400_000,
		"--pool-kbytes",
		400_000,
	]


class Salus(Chain):
	"""A development node: one validator, which is also the whole committee."""

	name = "Salus"
	means = "in a final block; 1 validator"
	method = "author_submitExtrinsic"

	def start(self):
		folder = self.machine.new_folder(self.tag)
		node = self.serve(salus_node(self.port, folder))
		self.folders = [folder]
		self.machine.wait_for_server(self, node, self.port)
		self.genesis = ask(self.url, "chain_getBlockHash", 0)
		# Founds a hospital with its authors and a patient.
		for line in (self.signed("setup") + self.signed("permit")).split():
			ask(self.url, self.method, line)
		self.machine.wait_until(
			"forming of the committee's key", lambda: ask(self.url, "salus_activeEpoch") == 1
		)
		self.machine.wait_until(
			"preparation of the chain", lambda: ask(self.url, "author_pendingExtrinsics") == []
		)

	def signed(self, command, *arguments):
		return run([BIN / "examples/load", command, self.genesis, *arguments])

	def sign(self, calls, batch):
		if batch == 1:
			return self.signed("register", calls, 1, self.sent)
		return self.signed("register-many", calls, batch, self.sent)

	def records(self):
		"""Returns the number of records in the last final block."""
		head = ask(self.url, "chain_getFinalizedHead")
		return ask(self.url, "salus_storageStatus", head)["records"]

	def decide(self, count):
		reader = json.loads(run([BIN / "salus", "--json", "--as", "//Author//1", "keys", "show"]))
		record = ask(self.url, "salus_recordsOf", PATIENT, 0, 1)["items"][0]["id"]
		question = {
			"reader": reader["account"],
			"record": record,
			"version": 1,
			"purpose": "TREAT",
			"action": "read",
		}
		return self.decide_by(count, "salus_decide", [question], '"permit":{"grant"')


class Anvil(Chain):
	"""Foundry's development node of Ethereum, with a block a second as Salus has."""

	name = "anvil"
	means = "in a block; 1 node, in memory"
	method = "eth_sendRawTransaction"
	factor = 4
	keeps = False
	contract = PEERS / "contract"

	def start(self):
		# Ethereum's limits for a block and (since Osaka) a transaction are off: the batches exceed
		# them.
		node = self.serve(
			[
				self.tools.anvil,
				"--host",
				"127.0.0.1",
				"--port",
				self.port,
				"--block-time",
				1,
				"--base-fee",
				0,
				"--gas-price",
				0,
				"--disable-block-gas-limit",
				"--no-request-size-limit",
				"--hardfork",
				"prague",
				"--order",
				"fifo",
				"--accounts",
				1,
				"--quiet",
			]
		)
		self.machine.wait_for_server(self, node, self.port)
		out = self.load("evm-deploy", "--url", self.url, "--contract", self.contract)
		self.address = out["contract"]
		# Transactions of the clerk, who adds single files.
		self.added = 0

	def renew(self):
		# It became slower as it filled.
		# A node of Ethereum does not.
		self.stop()
		self.registered = self.sent = 0
		self.start()

	def sign(self, calls, batch):
		world = ["--contract", self.contract, "--to", self.address, "--size", self.size]
		count = ["--calls", calls, "--batch", batch, "--from", self.sent]
		return run([PEERS / "load", "evm-sign", *world, *count])

	def question(self, data):
		return [{"to": self.address, "data": data}, "latest"]

	def records(self):
		# The selector of count().
		return int(ask(self.url, "eth_call", *self.question("0x06661abd")), 16) - self.added

	def decide(self, count):
		data = self.load("evm-question", "--contract", self.contract)["data"]
		yes = '"result":"0x' + "0" * 63 + '1"'
		return self.decide_by(count, "eth_call", self.question(data), yes)
