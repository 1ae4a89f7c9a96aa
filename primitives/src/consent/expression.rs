//! Conditions on the context of an access: a bounded expression over attributes.

use crate::{
	Category, Confidentiality, OrganisationId, OrganisationKind, Purpose, Role, Specialty,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most terms of an expression.
pub const MAX_TERMS: u32 = 32;

/// How many operators may stand inside each other, at most.
pub const MAX_DEPTH: u32 = 3;

/// Minutes of a day.
pub const MINUTES_PER_DAY: u16 = 24 * 60;

/// Something that is so or is not when someone wants to act.
///
/// A reader acts under one of their live memberships. What is said of a membership (role, specialty, organisation) is said
/// of that one.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Attribute {
	/// The membership is in this role.
	Role(Role),
	/// The member practises this (SNOMED CT).
	Specialty(Specialty),
	/// The member's organisation is of this kind.
	OrganisationKind(OrganisationKind),
	/// The member is of this organisation.
	Organisation(OrganisationId),
	/// It is for this purpose.
	Purpose(Purpose),
	/// The record is of this category.
	Category(Category),
	/// The record is no more confidential than this.
	ConfidentialityAtMost(Confidentiality),
	/// The time of day, UTC, is in this window, which may run over midnight.
	TimeOfDay {
		/// Its beginning, in minutes from midnight, included; below [`MINUTES_PER_DAY`].
		from: u16,
		/// Its end, excluded; at most [`MINUTES_PER_DAY`], not `from`.
		until: u16,
	},
	/// The reader has an open emergency case for the patient.
	EmergencyOpen,
}

impl Attribute {
	/// Whether its values are in their ranges.
	pub fn is_well_formed(&self) -> bool {
		match self {
			Self::TimeOfDay { from, until } => {
				*from < MINUTES_PER_DAY && *until <= MINUTES_PER_DAY && from != until
			}
			_ => true,
		}
	}
}

/// One step of an expression.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(rename_all = "kebab-case")
)]
pub enum Term {
	/// Puts the truth of an attribute on the stack.
	Is(Attribute),
	/// Takes the top and puts its contrary.
	Not,
	/// Takes that many from the top and puts whether all are true.
	All(u8),
	/// Takes that many from the top and puts whether any is true.
	Any(u8),
}

/// A condition in reverse Polish notation: operands come before their operator, and one value is left at the end.
///
/// `(role = practitioner and not confidential) or emergency` is `Is(Role(Practitioner)), Is(ConfidentialityAtMost(Normal)),
/// All(2), Is(EmergencyOpen), Any(2)`. A flat list cannot be made to recurse, neither in decoding nor in evaluation.
#[derive(
	Clone,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(
	feature = "serde",
	derive(serde::Serialize, serde::Deserialize),
	serde(transparent)
)]
pub struct Expression(pub BoundedVec<Term, ConstU32<MAX_TERMS>>);

impl Expression {
	/// Whether it evaluates to one value, its operators have operands and stand at most [`MAX_DEPTH`] deep, and its
	/// attributes are in their ranges.
	pub fn is_well_formed(&self) -> bool {
		let in_range = self.0.iter().all(|term| match term {
			Term::Is(attribute) => attribute.is_well_formed(),
			_ => true,
		});
		let depth = self.fold(
			|_| 0u32,
			|_, operands| {
				operands
					.iter()
					.max()
					.map_or(0, |most| most.saturating_add(1))
			},
		);
		in_range && depth.is_some_and(|depth| depth <= MAX_DEPTH)
	}

	/// The truth of the whole, given that of the attributes; `None` where it cannot be told (Kleene's logic: one operand
	/// that is false settles `All`, one that is true settles `Any`), and for an expression that is not well formed.
	pub fn truth(&self, of: impl FnMut(&Attribute) -> Option<bool>) -> Option<bool> {
		self.fold(of, |term, operands| match term {
			Term::Is(_) => None,
			Term::Not => operands.first().copied().flatten().map(|truth| !truth),
			Term::All(_) => Self::settle(operands, false),
			Term::Any(_) => Self::settle(operands, true),
		})
		.flatten()
	}

	/// `by` if one operand is that; else its contrary if all are known.
	fn settle(operands: &[Option<bool>], by: bool) -> Option<bool> {
		if operands.contains(&Some(by)) {
			Some(by)
		} else if operands.contains(&None) {
			None
		} else {
			Some(!by)
		}
	}

	/// Runs over the terms with a stack; `None` if an operator lacks operands, or not one value is left.
	fn fold<Value>(
		&self,
		mut leaf: impl FnMut(&Attribute) -> Value,
		node: impl Fn(&Term, &[Value]) -> Value,
	) -> Option<Value> {
		let mut stack: Vec<Value> = Vec::with_capacity(self.0.len());
		for term in &self.0 {
			let operands = match term {
				Term::Is(attribute) => {
					stack.push(leaf(attribute));
					continue;
				}
				Term::Not => 1,
				Term::All(0) | Term::Any(0) => return None,
				Term::All(count) | Term::Any(count) => usize::from(*count),
			};
			let start = stack.len().checked_sub(operands)?;
			let value = node(term, stack.get(start..)?);
			stack.truncate(start);
			stack.push(value);
		}
		let value = stack.pop();
		value.filter(|_| stack.is_empty())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn expression(terms: &[Term]) -> Expression {
		Expression(terms.to_vec().try_into().expect("at most 32 terms"))
	}

	const OPEN: Term = Term::Is(Attribute::EmergencyOpen);
	const TREAT: Term = Term::Is(Attribute::Purpose(Purpose::TREAT));

	/// Emergency is as given, every purpose unknown.
	fn truth(terms: &[Term], open: bool) -> Option<bool> {
		expression(terms).truth(|attribute| match attribute {
			Attribute::EmergencyOpen => Some(open),
			_ => None,
		})
	}

	#[test]
	fn all_any_and_not_follow_kleenes_tables() {
		assert_eq!(truth(&[OPEN], true), Some(true));
		assert_eq!(truth(&[OPEN, Term::Not], true), Some(false));
		assert_eq!(truth(&[TREAT, Term::Not], true), None);
		assert_eq!(truth(&[OPEN, TREAT, Term::All(2)], false), Some(false));
		assert_eq!(truth(&[OPEN, TREAT, Term::All(2)], true), None);
		assert_eq!(truth(&[OPEN, TREAT, Term::Any(2)], true), Some(true));
		assert_eq!(truth(&[OPEN, TREAT, Term::Any(2)], false), None);
		assert_eq!(truth(&[OPEN, OPEN, Term::All(2)], true), Some(true));
		assert_eq!(truth(&[OPEN, OPEN, Term::Any(2)], false), Some(false));
	}

	#[test]
	fn what_is_not_well_formed_is_told_and_never_true() {
		let malformed: [&[Term]; 8] = [
			&[],
			&[Term::Not],
			&[OPEN, OPEN],
			&[OPEN, Term::All(2)],
			&[OPEN, Term::All(0)],
			&[Term::Any(0)],
			&[OPEN, Term::Any(255)],
			&[OPEN, OPEN, Term::Not],
		];
		for terms in malformed {
			assert!(!expression(terms).is_well_formed(), "{terms:?}");
			assert_eq!(truth(terms, true), None, "{terms:?}");
		}
	}

	#[test]
	fn operators_stand_at_most_three_deep() {
		let deep = |count: usize| {
			let mut terms = vec![OPEN];
			terms.extend(vec![Term::Not; count]);
			expression(&terms)
		};
		assert!(deep(0).is_well_formed() && deep(3).is_well_formed());
		assert!(!deep(4).is_well_formed());
		let wide = [OPEN; 31].into_iter().chain([Term::All(31)]);
		assert!(expression(&wide.collect::<Vec<_>>()).is_well_formed());
	}

	#[test]
	fn windows_of_the_day_have_their_ranges() {
		let fine = |from, until| {
			expression(&[Term::Is(Attribute::TimeOfDay { from, until })]).is_well_formed()
		};
		assert!(fine(0, 1440) && fine(1439, 0) && fine(22 * 60, 6 * 60));
		assert!(!fine(0, 0) && !fine(1440, 5) && !fine(5, 1441));
	}

	#[test]
	fn too_many_terms_do_not_decode() {
		let terms = vec![OPEN; 33];
		assert!(Expression::decode(&mut &terms.encode()[..]).is_err());
		let terms = vec![OPEN; 32];
		assert!(Expression::decode(&mut &terms.encode()[..]).is_ok());
	}
}
