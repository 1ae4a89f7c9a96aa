//! A search for ways to take over the chain with less than two thirds of the hospitals.
//!
//! Each history is a separate chain with four to ten hospitals. The largest number below two thirds
//! is hostile. Those try every call that touches organisations, administrators, representatives,
//! validators, sessions, the council and upgrades, with the help of puppets and of an administrator
//! inside some of the other hospitals. The others vote against hostile motions or do not vote at
//! all, are deceived by motions that look harmless, and look at the chain twice a day.
//!
//! After each step no runtime is authorised, the set is unchanged, nobody is elected into the
//! committee, and every seat belongs to its hospital.

mod cast;
mod dice;
mod motions;
mod steps;
mod world;

use frame_support::traits::GetCallMetadata;
use std::{collections::BTreeSet, fmt::Write as _};
use world::{Rules, World};

/// Number of histories. `SALUS_HISTORIES` overrides it, and `SALUS_SEED` sets the first seed.
const HISTORIES: u64 = 4_000;
/// Maximum number of histories until the search finds a weakness of old rules.
const OLD_HISTORIES: u64 = 10_000;
/// Number of steps in each history.
const STEPS: usize = 40;

/// Outcome of a history.
struct Outcome {
	/// State that should be impossible, with the calls that led to it.
	violation: Option<String>,
	/// Names of the calls that succeeded.
	done: BTreeSet<String>,
}

fn run(seed: u64, rules: Rules) -> Outcome {
	let (mut world, mut chain) = World::new(seed, rules);
	let found = chain.execute_with(|| {
		for _ in 0..STEPS {
			world.step();
			if let Some(found) = world.violation() {
				return Some(found);
			}
		}
		(rules == Rules::Today).then(|| world.crowded_out()).flatten()
	});
	let violation = found.map(|found| {
		let count = world.hospitals.len();
		let mut report = format!("seed {seed}, {count} hospitals: {found}\n");
		for (who, call) in &world.trace {
			let by = who.as_ref().map_or("old rules".into(), |who| {
				let bytes: &[u8] = who.as_ref();
				format!("{} {}", bytes[0], bytes[1])
			});
			let _ = writeln!(report, "  {by}: {call:?}");
		}
		report
	});
	let names = world.trace.iter().map(|(_, call)| {
		let names = call.get_call_metadata();
		format!("{}.{}", names.pallet_name, names.function_name)
	});
	Outcome { violation, done: names.collect() }
}

fn number(variable: &str) -> Option<u64> {
	let text = std::env::var(variable).ok()?;
	Some(text.parse().expect("the variable is a number"))
}

#[test]
fn less_than_two_thirds_of_the_hospitals_take_over_no_chain() {
	let first = number("SALUS_SEED").unwrap_or_default();
	let count = number("SALUS_HISTORIES").unwrap_or(HISTORIES);
	let threads = std::thread::available_parallelism().map_or(1, usize::from);
	let done: BTreeSet<String> = std::thread::scope(|scope| {
		let searches: Vec<_> = (0..threads)
			.map(|thread| {
				scope.spawn(move || {
					let mut done = BTreeSet::new();
					for seed in (first..first + count).skip(thread).step_by(threads) {
						let outcome = run(seed, Rules::Today);
						if let Some(report) = outcome.violation {
							panic!("{report}");
						}
						done.extend(outcome.done);
					}
					done
				})
			})
			.collect();
		let ended = searches.into_iter().map(|search| search.join());
		ended.flat_map(|done| done.expect("nothing is violated")).collect()
	});
	// A search in which a call never succeeds would prove nothing.
	for call in [
		"Council.close",
		"Council.execute",
		"Council.propose",
		"Council.vote",
		"Validators.agree",
		"Validators.confirm",
		"Validators.object",
		"Validators.represent",
	] {
		assert!(done.contains(call), "no history had a {call}: {done:?}");
	}
}

/// The search would find a way if there were one.
#[test]
fn the_search_finds_the_weaknesses_of_old_rules() {
	for rules in [Rules::HalfReplacesAdmins, Rules::SilenceIsFor] {
		let found = (0..OLD_HISTORIES).find_map(|seed| run(seed, rules).violation);
		let report = found.expect("the search is too weak to find it");
		assert!(report.contains("a runtime is authorised"), "{report}");
		assert!(report.contains("old rules"), "{report}");
	}
}
