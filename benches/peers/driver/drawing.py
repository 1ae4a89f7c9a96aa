"""The curve of records per second and bytes on disk, as SVG."""

import math

COLOURS = {
	"Salus": "#0b6e4f",
	"anvil": "#b3541e",
	"PostgreSQL": "#2f5d9b",
	"etcd": "#8a4fa3",
	"etcd x3": "#6b6b6b",
}
# Size of the picture, and the place and size of a diagram in it.
WIDTH, HEIGHT = 860, 345
TOP, ACROSS, UP = 40, 330, 240
DIAGRAMS = ((70, "records per second", "rate"), (490, "bytes on disk per record", "bytes"))


def text(x, y, words, more=""):
	return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{words}</text>'


def dot(x, y, radius, colour):
	return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}"/>'


def panel(left, title, series, low, high):
	"""Draws a diagram with logarithmic axes: 10^3 to 10^5 across, 10^low to 10^high up."""

	def place(records, value):
		power = min(high, max(low, math.log10(value)))
		x = left + (math.log10(max(1000, records)) - 3) / 2 * ACROSS
		return x, TOP + UP - (power - low) / (high - low) * UP

	parts = [text(left, 24, title, ' font-weight="bold"')]
	for power in range(low, high + 1):
		_, y = place(1000, 10**power)
		parts.append(f'<path d="M{left} {y:.1f}h{ACROSS}" stroke="#ddd"/>')
		parts.append(text(left - 6, y + 4, f"{10**power:,}", ' text-anchor="end"'))
	for power in (3, 4, 5):
		x, _ = place(10**power, 10**low)
		parts.append(text(x, TOP + UP + 18, f"{10**power:,}", ' text-anchor="middle"'))
	for name, points in series.items():
		places = [place(*point) for point in points]
		line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
		style = f'fill="none" stroke="{COLOURS[name]}" stroke-width="2"'
		parts.append(f'<polyline points="{line}" {style}/>')
		parts += [dot(x, y, 3, COLOURS[name]) for x, y in places]
	return parts


def draw(curve):
	"""Returns the drawing of the rows of each system."""
	parts = [
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
		' font-family="sans-serif" font-size="12">',
		f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
	]
	for left, title, key in DIAGRAMS:
		series = {}
		for name, rows in curve.items():
			points = [(row["records"], row[key]) for row in rows if row[key] and row[key] > 0]
			if points:
				series[name] = points
		values = [value for points in series.values() for _, value in points] or [1, 10]
		low = max(0, math.floor(math.log10(min(values))))
		parts += panel(left, title, series, low, max(low + 1, math.ceil(math.log10(max(values)))))
	for index, name in enumerate(curve):
		parts.append(dot(80 + 130 * index, HEIGHT - 19, 5, COLOURS[name]))
		parts.append(text(90 + 130 * index, HEIGHT - 15, name))
	return "\n".join([*parts, "</svg>", ""])
