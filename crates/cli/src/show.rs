//! Formatting for people: text, tables, times, sizes and amounts.

use std::io::{self, IsTerminal, Write};

pub(crate) use salus_client::words::count;
use salus_client::{
	is_deceptive,
	primitives::{Moment, PeerKey},
};

use crate::{
	book,
	parse::{civil_from_days, TOKEN_DECIMALS},
};

/// Returns text from elsewhere (a node, the chain, another member) on one line, without characters
/// that control a terminal or change the direction of writing.
pub(crate) fn plain(text: &str) -> String {
	text.replace(['\n', '\r', '\t', '\u{2028}', '\u{2029}'], " ").replace(is_deceptive, "\u{fffd}")
}

/// Escapes these characters in JSON. Keeps the line breaks between values.
pub(crate) fn escaped(json: &str) -> String {
	let mut text = String::with_capacity(json.len());
	for c in json.chars() {
		if c != '\n' && is_deceptive(c) {
			// All of them are in the Basic Multilingual Plane.
			text.push_str(&format!("\\u{:04x}", u32::from(c)));
		} else {
			text.push(c);
		}
	}
	text
}

/// Formats a moment in UTC, to the second.
pub(crate) fn moment(moment: Moment) -> String {
	let seconds = moment / 1000;
	let (year, month, day) = civil_from_days((seconds / 86_400) as i64);
	let rest = seconds % 86_400;
	let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
	format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Formats a time span in its largest whole unit.
pub(crate) fn span(milliseconds: Moment) -> String {
	const UNITS: [(u64, &str, &str); 4] = [
		(86_400, "day", "days"),
		(3_600, "hour", "hours"),
		(60, "minute", "minutes"),
		(1, "second", "seconds"),
	];
	let seconds = milliseconds / 1_000;
	for (unit, one, many) in UNITS {
		if seconds > 0 && seconds.is_multiple_of(unit) {
			return count((seconds / unit) as usize, one, many);
		}
	}
	format!("{milliseconds} ms")
}

/// Prefix of an Ed25519 key in a PeerId, by the libp2p specification: an identity multihash of 36
/// bytes, which contains a protobuf of the kind of key (1) and the key (32 bytes).
const PEER_ID_HEAD: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Formats a peer as its addresses contain it.
pub(crate) fn peer_id(key: &PeerKey) -> String {
	bs58::encode([&PEER_ID_HEAD[..], key].concat()).into_string()
}

/// Formats a size with three significant digits.
pub(crate) fn size(bytes: u64) -> String {
	const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
	let mut value = bytes as f64;
	let mut unit = 0;
	while value >= 1024.0 && unit + 1 < UNITS.len() {
		value /= 1024.0;
		unit += 1;
	}
	match unit {
		0 => format!("{bytes} B"),
		_ if value < 10.0 => format!("{value:.2} {}", UNITS[unit]),
		_ if value < 100.0 => format!("{value:.1} {}", UNITS[unit]),
		_ => format!("{value:.0} {}", UNITS[unit]),
	}
}

/// Formats an amount of the chain's token.
pub(crate) fn tokens(amount: u128) -> String {
	let one = 10u128.pow(TOKEN_DECIMALS as u32);
	let (whole, part) = (amount / one, amount % one);
	if part == 0 {
		return whole.to_string();
	}
	let digits = format!("{part:0>TOKEN_DECIMALS$}");
	format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// Writes names and values, with the values aligned.
pub(crate) fn pairs(out: &mut dyn Write, pairs: &[(&str, String)]) -> io::Result<()> {
	let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
	for (name, value) in pairs {
		writeln!(out, "{name:width$}  {}", book::name(&plain(value)))?;
	}
	Ok(())
}

/// Writes a table with a header and aligned columns, or nothing if there are no rows. On a terminal
/// it is at most as wide as the terminal.
pub(crate) fn table(out: &mut dyn Write, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
	table_within(out, head, rows, terminal_width())
}

/// Writes a table of at most `limit` characters per line. If it would be wider, shortens accounts
/// and wraps cells.
fn table_within(
	out: &mut dyn Write,
	head: &[&str],
	rows: &[Vec<String>],
	limit: Option<usize>,
) -> io::Result<()> {
	if rows.is_empty() {
		return Ok(());
	}
	let mut rows: Vec<Vec<String>> =
		rows.iter().map(|row| row.iter().map(|cell| book::name(&plain(cell))).collect()).collect();
	let mut widths = widths(head, &rows);
	if let Some(limit) = limit {
		if total(&widths) > limit {
			for cell in rows.iter_mut().flatten() {
				*cell = shortened(cell);
			}
			widths = self::widths(head, &rows);
			if !narrow(&mut widths, &longest_words(head, &rows), limit) {
				return blocks(out, head, &rows, limit);
			}
		}
	}
	let mut line = |cells: &[Vec<String>]| -> io::Result<()> {
		let height = cells.iter().map(Vec::len).max().unwrap_or_default();
		for position in 0..height {
			let mut text = String::new();
			for (cell, width) in cells.iter().zip(&widths) {
				let part = cell.get(position).map_or("", String::as_str);
				text.push_str(&format!("{part:width$}  "));
			}
			writeln!(out, "{}", text.trim_end())?;
		}
		Ok(())
	};
	let wrapped = |cells: &mut dyn Iterator<Item = &str>| -> Vec<Vec<String>> {
		cells.zip(&widths).map(|(cell, width)| wrap(cell, *width)).collect()
	};
	line(&wrapped(&mut head.iter().copied()))?;
	for row in &rows {
		line(&wrapped(&mut row.iter().map(String::as_str)))?;
	}
	Ok(())
}

/// Returns the width of each column, in characters.
fn widths(head: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
	let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
	for row in rows {
		for (width, cell) in widths.iter_mut().zip(row) {
			*width = (*width).max(cell.chars().count());
		}
	}
	widths
}

/// Number of spaces between two columns.
const GAP: usize = 2;

fn total(widths: &[usize]) -> usize {
	widths.iter().map(|width| width + GAP).sum::<usize>() - GAP.min(widths.len() * GAP)
}

/// Length above which a word in a cell may be broken, in characters.
const LONGEST_WORD: usize = 24;

/// Returns the minimum width of each column: the width of its longest word.
fn longest_words(head: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
	let longest = |cell: &str| {
		let words = cell.split(' ').map(|word| word.chars().count());
		words.max().unwrap_or_default().min(LONGEST_WORD)
	};
	let mut least: Vec<usize> = head.iter().map(|cell| longest(cell)).collect();
	for row in rows {
		for (least, cell) in least.iter_mut().zip(row) {
			*least = (*least).max(longest(cell));
		}
	}
	least
}

/// Narrows the widest columns until the table fits. Returns whether it does.
fn narrow(widths: &mut [usize], least: &[usize], limit: usize) -> bool {
	while total(widths) > limit {
		let widest = widths
			.iter_mut()
			.zip(least)
			.filter(|(width, least)| **width > **least)
			.max_by_key(|(width, _)| **width);
		match widest {
			Some((width, _)) => *width -= 1,
			None => return false,
		}
	}
	true
}

/// Writes each row as a block with a line for each column, for tables that are too wide even with
/// wrapped cells.
fn blocks(
	out: &mut dyn Write,
	head: &[&str],
	rows: &[Vec<String>],
	limit: usize,
) -> io::Result<()> {
	let width = head.iter().map(|name| name.chars().count()).max();
	let width = width.unwrap_or_default();
	for (position, row) in rows.iter().enumerate() {
		if position > 0 {
			writeln!(out)?;
		}
		for (name, cell) in head.iter().zip(row).filter(|(_, cell)| *cell != "-") {
			let lines = wrap(cell, limit.saturating_sub(width + GAP).max(LONGEST_WORD));
			for (number, line) in lines.iter().enumerate() {
				let name = if number == 0 { name } else { "" };
				writeln!(out, "{name:width$}  {line}")?;
			}
		}
	}
	Ok(())
}

/// Shortens the accounts in a text to their first and last characters. They appear in full in JSON
/// and without a terminal.
fn shortened(text: &str) -> String {
	let is_word = |c: char| c.is_ascii_alphanumeric();
	let mut short = String::with_capacity(text.len());
	let mut rest = text;
	while !rest.is_empty() {
		let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
		let (word, after) = rest.split_at(end);
		match (word.len(), word.get(..6), word.get(word.len().saturating_sub(6)..)) {
			(46..=49, Some(begin), Some(end)) if word.starts_with('5') => {
				short.push_str(&format!("{begin}…{end}"));
			}
			_ => short.push_str(word),
		}
		let next = after.find(is_word).unwrap_or(after.len());
		let (between, after) = after.split_at(next);
		short.push_str(between);
		rest = after;
	}
	short
}

/// Breaks a text at its spaces into lines of at most `width` characters. Breaks longer words
/// anywhere.
fn wrap(text: &str, width: usize) -> Vec<String> {
	let width = width.max(1);
	if text.chars().count() <= width {
		return vec![text.to_owned()];
	}
	let (mut lines, mut line, mut length) = (Vec::new(), String::new(), 0);
	for word in text.split(' ') {
		let mut word: Vec<char> = word.chars().collect();
		if length > 0 && length + 1 + word.len() > width {
			lines.push(std::mem::take(&mut line));
			length = 0;
		}
		if length > 0 {
			line.push(' ');
			length += 1;
		}
		while word.len() > width {
			lines.push(word.drain(..width).collect());
		}
		length += word.len();
		line.extend(word);
	}
	lines.push(line);
	lines
}

/// Returns the width of the terminal that shows standard output, in characters, if there is one.
fn terminal_width() -> Option<usize> {
	if !io::stdout().is_terminal() {
		return None;
	}
	let named = std::env::var("COLUMNS").ok();
	let width = match named.and_then(|text| text.parse().ok()) {
		Some(width) => Some(width),
		None => queried_width(),
	};
	width.filter(|width| *width >= LONGEST_WORD)
}

/// Queries the system for the terminal's width.
fn queried_width() -> Option<usize> {
	let terminal = std::fs::File::open("/dev/tty").ok()?;
	let output = std::process::Command::new("stty")
		.arg("size")
		.stdin(terminal)
		.stderr(std::process::Stdio::null())
		.output()
		.ok()?;
	let size = String::from_utf8(output.stdout).ok()?;
	size.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_peer_id_has_the_form_of_libp2p() {
		// The key comes from RFC 8032, section 7.1, test 1.
		let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
		let key = hex::decode(key).unwrap().try_into().unwrap();
		assert_eq!(peer_id(&key), "12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV");
	}

	#[test]
	fn moments_sizes_spans_and_amounts_are_formatted() {
		assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
		assert_eq!(moment(1_795_191_785_999), "2026-11-20 16:23:05 UTC");
		assert_eq!(size(0), "0 B");
		assert_eq!(size(1023), "1023 B");
		assert_eq!(size(1536), "1.50 KiB");
		assert_eq!(size(100 * 1024 * 1024), "100 MiB");
		assert_eq!(size(u64::MAX), "16777216 TiB");
		assert_eq!(span(30 * 86_400_000), "30 days");
		assert_eq!(span(90_000), "90 seconds");
		assert_eq!(span(5_400_000), "90 minutes");
		assert_eq!(span(7), "7 ms");
		assert_eq!(tokens(0), "0");
		assert_eq!(tokens(5_000_000_000_000_000), "5000");
		assert_eq!(tokens(1_500_000_000_001), "1.500000000001");
	}

	#[test]
	fn text_from_elsewhere_cannot_control_the_terminal() {
		let text = "ok\nerror: pay\u{202e}fdp\u{1b}[31m";
		assert_eq!(plain(text), "ok error: pay\u{fffd}fdp\u{fffd}[31m");
		let mut out = Vec::new();
		pairs(&mut out, &[("node", text.into())]).unwrap();
		table(&mut out, &["node"], &[vec![text.into()]]).unwrap();
		let shown = String::from_utf8(out).unwrap();
		assert_eq!(shown.lines().count(), 3, "{shown}");
		assert!(!shown.contains('\u{202e}'));
		let value = serde_json::json!({ "node": text });
		let json = escaped(&serde_json::to_string_pretty(&value).unwrap());
		assert!(!json.contains('\u{202e}'));
		assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
	}

	#[test]
	fn columns_are_aligned() {
		let mut out = Vec::new();
		let rows =
			[vec!["1".into(), "é".into(), "x".into()], vec!["22".into(), "".into(), "".into()]];
		table(&mut out, &["id", "b", "c"], &rows).unwrap();
		pairs(&mut out, &[("a", "1".into()), ("long", "2".into())]).unwrap();
		let expected = "id  b  c\n1   é  x\n22\na     1\nlong  2\n";
		assert_eq!(String::from_utf8(out).unwrap(), expected);
	}

	#[test]
	fn a_table_fits_the_terminal() {
		let account = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
		let rows = [
			vec![
				"1".into(),
				format!("{account} as a practitioner of organisation 2"),
				"permitted: grant 3 of the patient covers it, whatever happens".into(),
			],
			vec!["22".into(), "x".repeat(80), "-".into()],
		];
		let head = ["number", "who", "answer"];
		let shown = |limit| {
			let mut out = Vec::new();
			table_within(&mut out, &head, &rows, limit).unwrap();
			String::from_utf8(out).unwrap()
		};
		for limit in [36, 60, 80] {
			let text = shown(Some(limit));
			let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
			assert!(widest <= limit, "{limit}: {text}");
			assert!(text.contains("5Grwva…GKutQY") && !text.contains(account));
		}
		// This is too narrow for three columns, so each row is a block.
		let text = shown(Some(36));
		assert!(text.starts_with("number  1\nwho     5Grwva…GKutQY as a"), "{text}");
		for limit in [None, Some(250)] {
			assert!(shown(limit).contains(account));
			assert_eq!(shown(limit).lines().count(), 3);
		}
	}
}
