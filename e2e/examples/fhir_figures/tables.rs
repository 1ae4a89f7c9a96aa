//! The tables, in Markdown.

use crate::{
	load::{median, Turn},
	web::Work,
	Row,
};

/// Longest search at 32 connections, at the 99th percentile, in milliseconds.
const SEARCH: f64 = 50.0;

/// Most that the gateway adds to the SDK's time, at the median, in milliseconds.
const OVERHEAD: f64 = 20.0;

/// Returns the median over turns of a figure of each.
fn of(turns: &[Turn], figure: impl Fn(&Turn) -> f64) -> f64 {
	median(turns.iter().map(figure))
}

/// Returns how much longer the gateway's median is than the SDK's, in milliseconds.
fn overhead(row: &Row) -> f64 {
	let p50 = |turns| of(turns, |turn| turn.percentile(0.5));
	p50(&row.gateway) - p50(&row.sdk)
}

/// Prints the times of a row that was just measured.
pub fn print_progress(row: &Row) {
	let systems = [("Salus", &row.gateway), ("SDK", &row.sdk), ("HAPI JPA", &row.hapi)];
	let times = systems.into_iter().filter(|(_, turns)| !turns.is_empty()).map(|(name, turns)| {
		let (p50, p99) =
			(of(turns, |turn| turn.percentile(0.5)), of(turns, |turn| turn.percentile(0.99)));
		format!("{name} p50 {p50:.1} ms, p99 {p99:.1} ms")
	});
	let times = times.collect::<Vec<_>>().join("; ");
	println!("{}, {} connections: {times}", row.name, row.connections);
}

/// Prints all tables.
pub fn print(rows: &[Row]) {
	println!(
		"| work | connections | system | p50 ms | p99 ms | requests/s | server CPU, ms | \
		 store CPU, ms | requests |"
	);
	println!("|---|---:|---|---:|---:|---:|---:|---:|---:|");
	for row in rows {
		let systems = [("Salus", &row.gateway), ("HAPI JPA", &row.hapi)];
		for (name, turns) in systems.into_iter().filter(|(_, turns)| !turns.is_empty()) {
			println!(
				"| {} | {} | {name} | {:.1} | {:.1} | {:.1} | {:.2} | {:.2} | {} |",
				row.name,
				row.connections,
				of(turns, |turn| turn.percentile(0.5)),
				of(turns, |turn| turn.percentile(0.99)),
				of(turns, Turn::rate),
				of(turns, |turn| turn.cpu(0).unwrap_or_default()),
				of(turns, |turn| turn.cpu(1).unwrap_or_default()),
				turns.iter().map(|turn| turn.times.len()).sum::<usize>(),
			);
		}
	}
	println!(
		"\n| call | connections | gateway p50, ms | SDK p50, ms | the gateway's own part, ms |"
	);
	println!("|---|---:|---:|---:|---:|");
	for row in rows.iter().filter(|row| !row.sdk.is_empty()) {
		println!(
			"| {} | {} | {:.1} | {:.1} | {:.1} |",
			row.name,
			row.connections,
			of(&row.gateway, |turn| turn.percentile(0.5)),
			of(&row.sdk, |turn| turn.percentile(0.5)),
			overhead(row),
		);
	}
	println!();
}

/// Returns whether the goals are met, and prints those that are not.
pub fn goals_are_met(rows: &[Row]) -> bool {
	let mut are_met = true;
	for row in rows {
		let p99 = of(&row.gateway, |turn| turn.percentile(0.99));
		if row.work == Work::Search && row.connections > 1 && p99 >= SEARCH {
			println!("MISSED: a search takes {p99:.1} ms at the 99th percentile; goal {SEARCH} ms");
			are_met = false;
		}
		// With several connections, they wait for each other.
		if row.connections == 1 && !row.sdk.is_empty() && overhead(row) >= OVERHEAD {
			println!(
				"MISSED: {}: {:.1} ms over the SDK; goal {OVERHEAD} ms",
				row.name,
				overhead(row)
			);
			are_met = false;
		}
	}
	are_met
}
