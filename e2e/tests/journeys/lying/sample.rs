//! Choice of the lies about a command.

use super::case::Case;
use salus_e2e::liar::{Lie, Place};
use std::{
	collections::BTreeMap,
	time::{SystemTime, UNIX_EPOCH},
};

/// All lies about an answer.
const LIES: [Lie; 5] =
	[Lie::Nothing, Lie::Altered(40), Lie::Altered(500), Lie::Altered(970), Lie::Replayed];

/// Number of lies about a command that a sample has often.
const OFTEN: usize = 8;
/// Number of lies about any other command.
const SELDOM: usize = 2;
/// Number of the usual sample.
const USUAL: usize = 20_785;
/// Of this number of commands that sign, a sample runs one to its end, and the next one another.
const REPEATED: usize = 4;

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
	/// Parts of lines, of which one must occur in a command.
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
		let mut lies = Vec::new();
		for (index, place) in places.iter().enumerate() {
			let (first, last) = ends[&*place.name];
			// The first answer is its own replay.
			let possible = if place.earlier == 0 { &LIES[..4] } else { &LIES };
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
}
