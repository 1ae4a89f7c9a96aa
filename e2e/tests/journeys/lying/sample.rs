//! Choice of the lies about a command.

use super::case::Case;
use salus_e2e::liar::{Lie, Place};
use std::{
	collections::BTreeMap,
	time::{SystemTime, UNIX_EPOCH},
};

/// All lies about an answer.
const LIES: [Lie; 9] = [
	Lie::Nothing,
	Lie::Altered(40),
	Lie::Altered(500),
	Lie::Altered(970),
	Lie::Failed(-32603, "Internal error"),
	// The error of a node that no longer has the state of a block.
	Lie::Failed(4003, "State already discarded"),
	// Longer than the client waits for a new final block.
	Lie::Delayed(5),
	Lie::Withheld,
	Lie::Replayed,
];

/// Lies that rewrite an answer, so that it means something else: near its beginning, in its middle
/// or near its end.
const REWRITES: [Lie; 3] = [Lie::Altered(40), Lie::Altered(500), Lie::Altered(970)];

/// Number of sessions that try to rewrite the same answer. Where a client polls, an answer may not
/// come in one of them.
const REWRITING: usize = 3;

/// Number of rows for each chain of a complete run.
const ROWS: usize = 4;

/// Number of lies about a command that a sample has often.
const OFTEN: usize = 8;
/// Number of lies about any other command.
const SELDOM: usize = 2;
/// Number of the usual sample.
const USUAL: usize = 20_785;
/// Of this number of commands that sign, a sample runs one to its end, and the next one another.
const REPEATED: usize = 4;
/// Number of withheld answers to a command, in a sample.
const SILENCES: usize = 4;

/// Amount of lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
	/// Every lie about the first and the last answer of each kind, and those of `Each` about each
	/// other answer.
	All,
	/// A rewrite of each answer, and a lie of another kind: about each answer before a transaction,
	/// and about each kind of answer after it.
	Each,
	/// Some lies, chosen by this number.
	Some(usize),
}

/// Choice of lies.
#[derive(Clone, Debug)]
pub struct Sample {
	amount: Amount,
	/// Parts of lines. One of them must occur in a command.
	only: Option<Vec<String>>,
}

impl Sample {
	/// Returns what the environment asks for. `SALUS_LIES` is `all`, `each` for a rewrite of each
	/// answer and the other kinds in turn, the number of a sample, or `today` for that with the
	/// number of days since 1970. By default it is always the same one, so that a failure is due to
	/// a change. With `SALUS_LIES_ONLY`, only commands with one of these texts, separated by
	/// commas, are tried.
	pub fn from_environment() -> Self {
		let days = || {
			let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
			(since.as_secs() / 86_400) as usize
		};
		let amount = match std::env::var("SALUS_LIES").as_deref() {
			Ok("all") => Amount::All,
			Ok("each") => Amount::Each,
			Ok("today") => Amount::Some(days()),
			Ok(one) => {
				Amount::Some(one.parse().expect("SALUS_LIES is all, each, today or a number"))
			}
			Err(_) => Amount::Some(USUAL),
		};
		let only = std::env::var("SALUS_LIES_ONLY").ok();
		let only = only.map(|only| only.split(',').map(str::to_owned).collect());
		eprintln!("lies: {amount:?}");
		Self { amount, only }
	}

	/// Returns whether each answer is rewritten.
	pub fn is_complete(&self) -> bool {
		!matches!(self.amount, Amount::Some(_))
	}

	/// Returns the number of chains that share a table of this many rows. Commands mostly wait for
	/// blocks, so a complete run needs several at the same time.
	pub fn chains(&self, rows: usize) -> usize {
		if self.is_complete() {
			rows.div_ceil(ROWS)
		} else {
			1
		}
	}

	/// Returns the number of sessions in which to try a lie, until it alters something.
	pub fn sessions(&self, lie: Lie) -> usize {
		if self.is_complete() && REWRITES.contains(&lie) {
			REWRITING
		} else {
			1
		}
	}

	/// Returns whether a command is tried.
	pub fn has(&self, line: &str) -> bool {
		self.only.as_ref().is_none_or(|only| only.iter().any(|part| line.contains(part)))
	}

	/// Returns whether a command that signs, by its place in the table, is run to its end.
	pub fn repeats(&self, index: usize, often: bool) -> bool {
		match self.amount {
			Amount::Some(seed) => often || (index + seed).is_multiple_of(REPEATED),
			_ => true,
		}
	}

	/// Returns the lies to tell about these answers of an honest session, which are those after a
	/// transaction or not.
	pub fn lies(&self, places: &[Place], case: &Case, are_late: bool) -> Vec<(Place, Lie)> {
		let mut ends: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
		for Place { name, earlier } in places {
			let (first, last) = ends.entry(name).or_insert((*earlier, *earlier));
			*first = (*first).min(*earlier);
			*last = (*last).max(*earlier);
		}
		// Another kind of lie comes first for each command.
		let turn = case.line.len();
		let kinds = self.kinds(case, are_late);
		// The first answer is its own replay.
		let of_first: Vec<_> = kinds.iter().copied().filter(|lie| *lie != Lie::Replayed).collect();
		let mut lies = Vec::new();
		for (index, place) in places.iter().enumerate() {
			let (first, last) = ends[&*place.name];
			let possible = if place.earlier == 0 { &of_first[..] } else { &kinds[..] };
			let by_turn = |lies: &[Lie]| lies[(turn + index) % lies.len()];
			let others: Vec<_> =
				possible.iter().copied().filter(|lie| !REWRITES.contains(lie)).collect();
			let is_an_end = [first, last].contains(&place.earlier);
			let told = match self.amount {
				Amount::All | Amount::Some(_) if is_an_end => possible.to_vec(),
				Amount::Each if are_late && place.earlier != first => vec![by_turn(&REWRITES)],
				Amount::All | Amount::Each => vec![by_turn(&REWRITES), by_turn(&others)],
				Amount::Some(_) => vec![by_turn(possible)],
			};
			lies.extend(told.into_iter().map(|lie| (place.clone(), lie)));
		}
		let Amount::Some(seed) = self.amount else { return lies };
		let wanted = if case.often { OFTEN } else { SELDOM };
		// After a transaction, each lie takes seconds.
		let wanted = if are_late { wanted.div_ceil(4) } else { wanted };
		let every = lies.len().div_ceil(wanted).max(1);
		lies.into_iter().skip(seed % every).step_by(every).collect()
	}

	/// Returns the kinds of lies about a command, before its transaction or after it.
	fn kinds(&self, case: &Case, are_late: bool) -> Vec<Lie> {
		let is_told = |lie: &Lie| match (lie, self.amount) {
			// The command waits for a minute or two. After a transaction, nothing else can be tried
			// at the same time.
			(Lie::Withheld, Amount::All) => true,
			(Lie::Withheld, Amount::Each) => !are_late || case.often,
			// See [`Self::silences`].
			(Lie::Withheld, Amount::Some(_)) => false,
			// A sample delays answers to every other command.
			(Lie::Delayed(_), Amount::Some(seed)) => (case.line.len() + seed).is_multiple_of(2),
			_ => true,
		};
		LIES.into_iter().filter(is_told).collect()
	}

	/// Returns the answers of an honest session to withhold: the first of each kind, or some of
	/// them.
	pub fn silences(&self, places: &[Place]) -> Vec<Place> {
		let first: Vec<_> = places.iter().filter(|place| place.earlier == 0).cloned().collect();
		let Amount::Some(seed) = self.amount else { return first };
		let every = first.len().div_ceil(SILENCES).max(1);
		first.into_iter().skip(seed % every).step_by(every).collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::lying::case::signs;
	use std::collections::BTreeSet;

	const CASE: Case = signs("//Alice", "org suspend 2");

	fn place(name: &str, earlier: usize) -> Place {
		Place { name: name.into(), earlier }
	}

	fn sample(amount: Amount) -> Sample {
		Sample { amount, only: None }
	}

	#[test]
	fn a_complete_run_rewrites_every_answer() {
		let places: Vec<_> = ["a", "b", "c"]
			.into_iter()
			.flat_map(|name| (2..9).map(move |earlier| place(name, earlier)))
			.collect();
		let all: BTreeSet<_> = places.iter().cloned().collect();
		for amount in [Amount::Each, Amount::All] {
			for are_late in [false, true] {
				let lies = sample(amount).lies(&places, &CASE, are_late);
				let rewritten: BTreeSet<_> = lies
					.iter()
					.filter(|(_, lie)| REWRITES.contains(lie))
					.map(|(place, _)| place.clone())
					.collect();
				assert_eq!(rewritten, all, "{amount:?}");
				for name in ["a", "b", "c"] {
					let is_other =
						|(at, lie): &(Place, Lie)| at.name == name && !REWRITES.contains(lie);
					assert!(lies.iter().any(is_other), "{amount:?}, {name}");
				}
			}
		}
	}

	#[test]
	fn other_kinds_of_lies_come_in_turn() {
		let places: Vec<_> = (0..40).map(|earlier| place("a", earlier)).collect();
		let lies = sample(Amount::Each).lies(&places, &CASE, false);
		let missing: Vec<_> =
			LIES.iter().filter(|kind| !lies.iter().any(|(_, lie)| lie == *kind)).collect();
		assert!(missing.is_empty(), "{missing:?}");
		assert_eq!(lies.len(), 2 * places.len());
	}

	#[test]
	fn only_a_complete_run_has_several_chains() {
		assert_eq!(sample(Amount::Each).chains(22), 6);
		assert_eq!(sample(Amount::Each).sessions(Lie::Altered(40)), REWRITING);
		assert_eq!(sample(Amount::Each).sessions(Lie::Nothing), 1);
		let few = sample(Amount::Some(USUAL));
		assert_eq!((few.chains(22), few.sessions(Lie::Altered(40))), (1, 1));
	}
}
