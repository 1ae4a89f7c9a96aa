//! Things as people read them.

use std::io::{self, Write};

use salus_client::{
	is_deceptive,
	primitives::{Moment, PeerKey},
};

use crate::{
	book,
	parse::{civil_from_days, TOKEN_DECIMALS},
};

/// A text of others (of a node, the chain, another member) on one line, without what steers a terminal or turns its direction.
pub(crate) fn plain(text: &str) -> String {
	text.replace(['\n', '\r', '\t', '\u{2028}', '\u{2029}'], " ")
		.replace(is_deceptive, "\u{fffd}")
}

/// JSON in which such characters are escaped; the line ends between its values stay.
pub(crate) fn escaped(json: &str) -> String {
	let mut text = String::with_capacity(json.len());
	for c in json.chars() {
		if c != '\n' && is_deceptive(c) {
			// All of them are in the basic plane.
			text.push_str(&format!("\\u{:04x}", u32::from(c)));
		} else {
			text.push(c);
		}
	}
	text
}

/// A moment, to the second, in UTC.
pub(crate) fn moment(moment: Moment) -> String {
	let seconds = moment / 1000;
	let (year, month, day) = civil_from_days((seconds / 86_400) as i64);
	let rest = seconds % 86_400;
	let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
	format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A time span in its largest whole unit.
pub(crate) fn span(milliseconds: Moment) -> String {
	const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
	let seconds = milliseconds / 1_000;
	for (unit, name) in UNITS {
		if seconds > 0 && seconds.is_multiple_of(unit) {
			return format!("{} {name}", seconds / unit);
		}
	}
	format!("{milliseconds} ms")
}

/// What comes before an Ed25519 key in a PeerId, as the libp2p specification has it: an identity multihash of 36 bytes, and
/// in it a protobuf of the kind of key (1) and the key (32 bytes).
const PEER_ID_HEAD: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// A peer as its addresses spell it.
pub(crate) fn peer_id(key: &PeerKey) -> String {
	bs58::encode([&PEER_ID_HEAD[..], key].concat()).into_string()
}

/// A size with three digits that matter.
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

/// An amount of the chain's token.
pub(crate) fn tokens(amount: u128) -> String {
	let one = 10u128.pow(TOKEN_DECIMALS as u32);
	let (whole, part) = (amount / one, amount % one);
	if part == 0 {
		return whole.to_string();
	}
	let digits = format!("{part:0>TOKEN_DECIMALS$}");
	format!("{whole}.{}", digits.trim_end_matches('0'))
}

/// Names and values, the values aligned.
pub(crate) fn pairs(out: &mut dyn Write, pairs: &[(&str, String)]) -> io::Result<()> {
	let width = pairs
		.iter()
		.map(|(name, _)| name.chars().count())
		.max()
		.unwrap_or_default();
	for (name, value) in pairs {
		writeln!(out, "{name:width$}  {}", book::name(&plain(value)))?;
	}
	Ok(())
}

/// A table with a headline, its columns aligned. Without rows, nothing.
pub(crate) fn table(out: &mut dyn Write, head: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
	if rows.is_empty() {
		return Ok(());
	}
	let rows: Vec<Vec<String>> = rows
		.iter()
		.map(|row| row.iter().map(|cell| book::name(&plain(cell))).collect())
		.collect();
	let mut widths: Vec<usize> = head.iter().map(|cell| cell.chars().count()).collect();
	for row in &rows {
		for (width, cell) in widths.iter_mut().zip(row) {
			*width = (*width).max(cell.chars().count());
		}
	}
	let mut line = |cells: &mut dyn Iterator<Item = &str>| {
		let mut text = String::new();
		for (cell, width) in cells.zip(&widths) {
			text.push_str(&format!("{cell:width$}  "));
		}
		writeln!(out, "{}", text.trim_end())
	};
	line(&mut head.iter().copied())?;
	for row in &rows {
		line(&mut row.iter().map(String::as_str))?;
	}
	Ok(())
}

/// `1 record`, `2 records`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
	if number == 1 {
		format!("1 {one}")
	} else {
		format!("{number} {many}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_peer_id_is_spelled_as_libp2p_does() {
		// The key is that of RFC 8032, section 7.1, test 1.
		let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
		let key = hex::decode(key).unwrap().try_into().unwrap();
		assert_eq!(
			peer_id(&key),
			"12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV"
		);
	}

	#[test]
	fn moments_and_sizes() {
		assert_eq!(moment(0), "1970-01-01 00:00:00 UTC");
		assert_eq!(moment(1_795_191_785_999), "2026-11-20 16:23:05 UTC");
		assert_eq!(size(0), "0 B");
		assert_eq!(size(1023), "1023 B");
		assert_eq!(size(1536), "1.50 KiB");
		assert_eq!(size(100 * 1024 * 1024), "100 MiB");
		assert_eq!(size(u64::MAX), "16777216 TiB");
		assert_eq!(span(30 * 86_400_000), "30 d");
		assert_eq!(span(90_000), "90 s");
		assert_eq!(span(5_400_000), "90 min");
		assert_eq!(span(7), "7 ms");
		assert_eq!(tokens(0), "0");
		assert_eq!(tokens(5_000_000_000_000_000), "5000");
		assert_eq!(tokens(1_500_000_000_001), "1.500000000001");
	}

	#[test]
	fn texts_of_others_make_no_lines_and_turn_nothing() {
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
		assert_eq!(
			serde_json::from_str::<serde_json::Value>(&json).unwrap(),
			value
		);
	}

	#[test]
	fn columns_are_aligned() {
		let mut out = Vec::new();
		let rows = [
			vec!["1".into(), "é".into(), "x".into()],
			vec!["22".into(), "".into(), "".into()],
		];
		table(&mut out, &["id", "b", "c"], &rows).unwrap();
		pairs(&mut out, &[("a", "1".into()), ("long", "2".into())]).unwrap();
		let expected = "id  b  c\n1   é  x\n22\na     1\nlong  2\n";
		assert_eq!(String::from_utf8(out).unwrap(), expected);
	}
}
