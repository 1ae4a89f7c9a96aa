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
	/// Every lie about the first and the last answer of each kind, and one about each other answer.
	All,
	/// One lie about each answer, or about each kind of answer after a transaction.
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
	/// Returns what the environment asks for. `SALUS_LIES` is `all`, `each` for one lie about each
	/// answer, the number of a sample, or `today` for that with the number of days since 1970. By
	/// default it is always the same one, so that a failure is due to a change. With
	/// `SALUS_LIES_ONLY`, only commands with one of these texts, separated by commas, are tried.
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

	/// Returns whether each command has a lie that alters something.
	pub fn is_complete(&self) -> bool {
		!matches!(self.amount, Amount::Some(_))
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
			let one = &possible[(turn + index) % possible.len()..][..1];
			let told = match self.amount {
				Amount::Each if are_late && place.earlier != first => continue,
				Amount::Each => one,
				_ if [first, last].contains(&place.earlier) => possible,
				_ => one,
			};
			lies.extend(told.iter().map(|lie| (place.clone(), *lie)));
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
