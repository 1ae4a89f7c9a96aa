//! Identifiers of patients: PID-3 and MRG-1.

use crate::{
	problem::{Condition, Problem},
	Field, Message, Segment,
};

/// Maximum number of identifiers of a patient in a message.
const MAX_IDENTIFIERS: usize = 32;

/// Maximum number of merges of a message.
const MAX_PAIRS: usize = 100;

/// Longest value of an identifier, in bytes.
const MAX_VALUE: usize = 256;

/// An identifier as a message has it (CX). It names a person, so it shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Identifier {
	/// Value of the identifier, CX.1.
	pub value: String,
	/// Name of the assigning authority, CX.4.1; empty if there is none.
	pub authority: String,
	/// Universal id of the assigning authority, CX.4.2; empty if there is none.
	pub universal_id: String,
	/// Type code, CX.5, such as `MR`; empty if there is none.
	pub kind: String,
}

impl Identifier {
	/// Returns whether one of its parts is like this.
	fn has(&self, is_so: impl Fn(&str) -> bool) -> bool {
		let Self { value, authority, universal_id, kind } = self;
		[value, authority, universal_id, kind].into_iter().any(|part| is_so(part))
	}
}

impl std::fmt::Debug for Identifier {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("Identifier(..)")
	}
}

/// Two numbers that the sender has merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
	/// Identifiers that stay, PID-3.
	pub survivor: Vec<Identifier>,
	/// Identifiers that end, MRG-1.
	pub prior: Vec<Identifier>,
}

fn list(
	segment: Segment<'_>,
	name: &'static str,
	field: usize,
) -> Result<Vec<Identifier>, Problem> {
	let read = |one: Field<'_>| {
		let authority = one.component(4);
		Some(Identifier {
			value: one.component(1).key()?,
			authority: authority.subcomponent(1).key()?,
			universal_id: authority.subcomponent(2).key()?,
			kind: one.component(5).key()?,
		})
	};
	// A value can be empty without its escape sequences.
	let all = segment.field(field).repetitions().filter(|one| !one.component(1).has_no_key());
	let all = all.take(MAX_IDENTIFIERS.saturating_add(1)).map(read).collect::<Option<Vec<_>>>();
	let all = all.ok_or_else(|| Problem::control_character(name, 1, field))?;
	if all.len() > MAX_IDENTIFIERS || all.iter().any(|one| one.has(|part| part.len() > MAX_VALUE)) {
		let text = "a patient has at most 32 identifiers of 256 bytes; send fewer or shorter ones";
		return Err(Problem::new(Condition::TooLong, "identifiers", text).at(name, field));
	}
	match all.is_empty() {
		true => Err(Problem::missing(name, field)),
		false => Ok(all),
	}
}

/// Returns the identifiers of the one patient of a message, PID-3.
pub fn identifiers(message: &Message) -> Result<Vec<Identifier>, Problem> {
	let mut all = message.segments().filter(|one| one.name() == "PID");
	let patient = all.next().ok_or_else(|| Problem::missing("PID", 3))?;
	if all.next().is_some() {
		let text = "the message has several patients; send a message for each";
		return Err(Problem::new(Condition::SegmentSequence, "several-patients", text));
	}
	list(patient, "PID", 3)
}

impl Pair {
	/// Returns the pairs of a merge: each PID with the MRG after it.
	pub fn all_of(message: &Message) -> Result<Vec<Self>, Problem> {
		let mut pairs = Vec::new();
		let mut survivor = None;
		for segment in message.segments() {
			match segment.name() {
				"PID" => {
					// The PID before it has none.
					if survivor.is_some() {
						return Err(Problem::missing("MRG", 1));
					}
					survivor = Some(list(segment, "PID", 3)?);
				}
				"MRG" => {
					let survivor = survivor.take().ok_or_else(|| {
						let text = "MRG has no PID before it; send a PID with each MRG";
						Problem::new(Condition::SegmentSequence, "no-survivor", text)
					})?;
					if pairs.len() >= MAX_PAIRS {
						let text =
							format!("the message has more than {MAX_PAIRS} merges; split it");
						return Err(Problem::new(Condition::TooLong, "too-many", text));
					}
					pairs.push(Self { survivor, prior: list(segment, "MRG", 1)? });
				}
				_ => {}
			}
		}
		match pairs.is_empty() || survivor.is_some() {
			true => Err(Problem::missing("MRG", 1)),
			false => Ok(pairs),
		}
	}
}
