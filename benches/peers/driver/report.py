"""The results as Markdown, JSON and a drawing, and the section of docs/performance.md."""

import json
import math
import os
import platform
import textwrap
import time
from pathlib import Path

from .drawing import draw
from .tools import ROOT

BEGIN = "<!-- benches/peers/run --write-docs: begin -->"
END = "<!-- benches/peers/run --write-docs: end -->"
PAGE, DRAWING, DATA = "docs/performance.md", "docs/performance.svg", "docs/performance.json"

MEANS = {
	"Salus": "in a final block; one validator",
	"anvil": "in a block; one node, in memory",
	"PostgreSQL": "log synced to disk; one server",
	"etcd": "log synced to disk; one member",
	"etcd x3": "log synced on two of three members",
}


def number(value):
	"""Writes a number with three significant digits."""
	if value is None:
		return "–"
	if value == 0:
		return "0"
	digits = max(0, 2 - math.floor(math.log10(abs(value))))
	return f"{value:,.{digits}f}"


def table(head, rows):
	line = "|" + "---|" * len(head)
	return "\n".join(
		["| " + " | ".join(head) + " |", line, *("| " + " | ".join(row) + " |" for row in rows)]
	)


def rate_table(figures, means):
	what = "record" if means else "decision"
	head = ["system", f"{what}s/s, median", "least to most"]
	head += ['"done" means'] if means else ["p50 ms (PostgreSQL: mean)", "p99 ms"]
	head += [
		f"server CPU, µs per {what}",
		f"generator CPU, µs per {what}",
		"generator, cores",
		f"{what}s a round",
	]
	rows = []
	for name, row in figures.items():
		extra = [MEANS[name]] if means else [number(row["p50_ms"]), number(row["p99_ms"])]
		rows.append(
			[
				name,
				number(row["rate"]),
				f"{number(row['rate_least'])} to {number(row['rate_most'])}",
				*extra,
				number(row["servers_us"]),
				number(row["generator_us"]),
				f"{row['generator_cores']:.2f}",
				str(row["count"]),
			]
		)
	return table(head, rows)


def file_table(add, get):
	head = [
		"system",
		"operation",
		"seconds, median",
		"least to most",
		"server CPU, ms",
		"client CPU, ms",
		"operations a round",
	]
	rows = []
	for name in add:
		for operation, figures in (("add", add), ("get", get)):
			row = figures.get(name)
			if row:
				rows.append(
					[
						name,
						operation,
						number(row["seconds"]),
						f"{number(1 / row['rate_most'])} to {number(1 / row['rate_least'])}",
						number(row["servers_us"] / 1000),
						number(row["generator_us"] / 1000),
						str(row["count"]),
					]
				)
	return table(head, rows)


def curve_table(curve):
	rows = [
		[
			name,
			f"{row['records']:,}",
			str(row["batch"]),
			number(row["rate"]),
			number(row["servers_us"]),
			number(row["bytes"]) if row["bytes"] is not None else "none: in memory",
		]
		for name, points in curve.items()
		for row in points
	]
	return table(
		[
			"system",
			"records",
			"in a transaction",
			"records/s on the way there",
			"server CPU, µs per record",
			"bytes on disk per record",
		],
		rows,
	)


def processor_name():
	for line in Path("/proc/cpuinfo").read_text().splitlines():
		if line.startswith("model name"):
			return line.split(":", 1)[1].strip()
	return platform.machine()


def describe(run):
	"""Returns what was run, where and when, as data."""
	options = run.options
	return {
		"date": time.strftime("%Y-%m-%d", time.gmtime()),
		"form": "short" if options.short else "long",
		"machine": {
			"processor": processor_name(),
			"cores": os.cpu_count(),
			"kernel": ".".join(platform.release().split(".")[:2]),
			"memory_gib": round(
				os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1
			),
			"load_before": run.load_before,
			"load_after": round(os.getloadavg()[0], 2),
		},
		"versions": run.tools.versions(),
		"rounds": options.rounds,
		"records": options.records,
		"batch": run.batch,
		"record_bytes": run.size,
		"files": options.files,
		"large_mib": options.large_mib,
		"figures": run.figures,
		"left_out": run.left_out,
		"seconds": round(time.monotonic() - run.clock.start),
	}


def markdown(data, image):
	"""Returns the tables, one for each work that was measured."""
	machine, figures = data["machine"], data["figures"]
	versions = ", ".join(f"{name} {version}" for name, version in data["versions"].items())
	rounds = "1 round" if data["rounds"] == 1 else f"{data['rounds']} rounds"
	head = (
		f"{data['date']}, {data['form']} form in {data['seconds']} s: {rounds} on "
		f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, "
		f"Linux {machine['kernel']}. "
		f"Load before and after: {machine['load_before']}, {machine['load_after']}. {versions}. "
		f"A record has {data['record_bytes']} bytes."
	)
	busiest = max(
		(
			(row["generator_cores"], name)
			for key in ("single", "batched", "decide")
			for name, row in figures.get(key, {}).items()
		),
		default=None,
	)
	if busiest:
		head += (
			f" The busiest load generator, that of {busiest[1]}, took {busiest[0]:.2f} of the "
			f"{machine['cores']} cores."
		)
	parts = ["\n".join(textwrap.wrap(head, 100, break_on_hyphens=False))]
	for key, title, means in (
		("single", "Register, one record in a transaction", True),
		("batched", f"Register, {data['batch']} records in a transaction", True),
		("decide", "Decide whether a reader may read", False),
	):
		if figures.get(key):
			parts += [f"### {title}", rate_table(figures[key], means)]
	for key, title in (
		("1 MiB", "A file of 1 MiB, encrypted: add and get"),
		("large", f"A file of {data['large_mib']:,} MiB, encrypted: add and get"),
	):
		if figures.get(f"{key} add"):
			parts += [f"### {title}", file_table(figures[f"{key} add"], figures[f"{key} get"])]
	if figures.get("release"):
		parts += [
			"### From the request to the opened key",
			"No peer has this. Four validators on this machine:",
			"\n".join(f"- {line}" for line in figures["release"]),
		]
	if figures.get("curve"):
		parts += [
			"### As the store fills",
			f"![Records per second and bytes on disk]({image})",
			curve_table(figures["curve"]),
		]
	if data["left_out"]:
		parts += [
			"### Left out, and odd",
			"\n".join(f"- {line.splitlines()[0]}" for line in data["left_out"]),
		]
	return "\n\n".join(parts) + "\n"


def write(run, folder):
	"""Writes everything into a folder, and returns the Markdown."""
	data = describe(run)
	folder.mkdir(parents=True, exist_ok=True)
	text = markdown(data, "curve.svg")
	(folder / "peers.md").write_text(text)
	(folder / "peers.json").write_text(json.dumps(data, indent=2) + "\n")
	if data["figures"].get("curve"):
		(folder / "curve.svg").write_text(draw(data["figures"]["curve"]))
	return text, data


def write_docs(data):
	"""Replaces the section of docs/performance.md between the two markers, its drawing and data."""
	page = ROOT / PAGE
	head, rest = page.read_text().split(BEGIN)
	tail = rest.split(END)[1]
	page.write_text(f"{head}{BEGIN}\n\n{markdown(data, Path(DRAWING).name)}\n{END}{tail}")
	(ROOT / DATA).write_text(json.dumps(data, indent=2) + "\n")
	if data["figures"].get("curve"):
		(ROOT / DRAWING).write_text(draw(data["figures"]["curve"]))
