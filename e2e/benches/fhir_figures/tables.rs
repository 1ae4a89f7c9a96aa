//! The tables, in Markdown.

use crate::{
	load::{median, milliseconds, Turn},
	sdk::Opening,
	web::Work,
	Row,
};
use std::time::Duration;

/// Longest search at 32 connections, at the 99th percentile, in milliseconds.
const SEARCH: f64 = 50.0;

/// Most that the gateway adds to a call of the SDK, in milliseconds.
const OVERHEAD: f64 = 20.0;

/// Returns the median over turns of a figure of each.
fn of(turns: &[Turn], figure: impl Fn(&Turn) -> f64) -> f64 {
	median(turns.iter().map(figure))
}

/// Returns the mean time of all requests, in milliseconds.
fn mean(turns: &[Turn]) -> f64 {
	let times = || turns.iter().flat_map(|turn| &turn.times);
	milliseconds(times().sum()) / times().count() as f64
}

/// Returns how much longer the gateway takes than the SDK, in milliseconds, and how that was
/// computed. A mean of few requests that wait for blocks says when they met a block, and nothing
/// else.
fn overhead(row: &Row) -> (f64, &'static str) {
	match row.pairs.is_empty() {
		true => (mean(&row.gateway) - mean(&row.sdk), "difference of the means"),
		false => (median(row.pairs.iter().copied()), "median of the differences"),
	}
}

/// Returns the 99th percentile, or the maximum if there are too few requests for it, which is said.
fn longest(turns: &[Turn]) -> String {
	let are_few = turns.iter().any(|turn| turn.times.len() < 100);
	let (share, note) = if are_few { (1.0, " (max)") } else { (0.99, "") };
	format!("{:.1}{note}", of(turns, |turn| turn.percentile(share)))
}

/// Prints what was measured of a row, so that a run which breaks off leaves all rows before.
pub fn print_row(row: &Row) {
	let systems = [("Salus", &row.gateway), ("SDK", &row.sdk), ("HAPI JPA", &row.hapi)];
	for (name, turns) in systems.into_iter().filter(|(_, turns)| !turns.is_empty()) {
		// The SDK is in this program, so only the store has separate processes.
		let parts = if name == "SDK" { [None, Some(0)] } else { [Some(0), Some(1)] };
		let cpu = |part: Option<usize>| {
			let time = |part| of(turns, |turn| turn.cpu(part).unwrap_or_default());
			part.map(|part| format!("{:.1}", time(part))).unwrap_or_default()
		};
		println!(
			"| {} | {} | {name} | {:.1} | {} | {:.1} | {:.1} | {} | {} | {} × {} |",
			row.name,
			row.connections,
			of(turns, |turn| turn.percentile(0.5)),
			longest(turns),
			mean(turns),
			of(turns, Turn::rate),
			cpu(parts[0]),
			cpu(parts[1]),
			turns.len(),
			of(turns, |turn| turn.times.len() as f64),
		);
	}
}

/// Prints the head of the table.
pub fn print_head() {
	println!(
		"\n| work | connections | system | p50 ms | p99 ms | mean ms | requests/s | \
		 server CPU, ms | store CPU, ms | requests |"
	);
	println!("|---|---:|---|---:|---:|---:|---:|---:|---:|---:|");
}

/// Prints where the time of the SDK's openings goes: what the chain takes for the entry on the log,
/// what the hospitals take to release the key, and what the content takes.
pub fn print_openings(rows: &[Row]) {
	println!("\n| SDK's opening | connections | part | p50 ms | max ms | mean ms |");
	println!("|---|---:|---|---:|---:|---:|");
	type Part = (&'static str, fn(&Opening) -> Duration);
	let parts: [Part; 3] = [
		("request, until it is final on the log", |opening| opening.logged),
		("release of the key by the hospitals", |opening| opening.released),
		("content, until it is verified", |opening| opening.fetched),
	];
	for row in rows.iter().filter(|row| !row.openings.is_empty()) {
		for (name, part) in parts {
			let times = row.openings.iter().map(|opening| milliseconds(part(opening)));
			println!(
				"| {} | {} | {name} | {:.1} | {:.1} | {:.1} |",
				row.name,
				row.connections,
				median(times.clone()),
				times.clone().fold(0.0, f64::max),
				times.sum::<f64>() / row.openings.len() as f64,
			);
		}
	}
}

/// Prints what the gateway adds to the calls of the SDK.
pub fn print_overhead(rows: &[Row]) {
	println!("\n| call | connections | the gateway's own part, ms | computed as |");
	println!("|---|---:|---:|---|");
	for row in rows.iter().filter(|row| !row.sdk.is_empty()) {
		let (part, computed) = overhead(row);
		println!("| {} | {} | {part:.1} | {computed} |", row.name, row.connections);
	}
	println!();
}

/// Returns whether the goals are met, and prints those that are not.
pub fn goals_are_met(rows: &[Row]) -> bool {
	let mut are_met = true;
	// At many connections right after a change, the node decides about every patient at once.
	let has_goals = |row: &&Row| row.work != Work::SearchAfterChange || row.connections == 1;
	for row in rows.iter().filter(has_goals) {
		let p99 = of(&row.gateway, |turn| turn.percentile(0.99));
		if row.work == Work::Search && row.connections > 1 && p99 >= SEARCH {
			println!("MISSED: {}: {p99:.1} ms at the 99th percentile; goal {SEARCH} ms", row.name);
			are_met = false;
		}
		if row.sdk.is_empty() {
			continue;
		}
		let (part, _) = overhead(row);
		if part >= OVERHEAD {
			println!(
				"MISSED: {}, {} connections: {part:.1} ms over the SDK; goal {OVERHEAD} ms",
				row.name, row.connections
			);
			are_met = false;
		}
	}
	are_met
}
