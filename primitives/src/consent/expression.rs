//! Conditions on the context of an access: bounded expressions over attributes.

use crate::{
	Category, Confidentiality, OrganisationId, OrganisationKind, Purpose, Role, Specialty,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Maximum number of terms of an expression.
pub const MAX_TERMS: u32 = 32;

/// Maximum nesting depth of operators.
pub const MAX_DEPTH: u32 = 3;

/// Minutes in a day.
pub const MINUTES_PER_DAY: u16 = 24 * 60;

/// Attribute that is true or false when someone wants to act.
///
/// A reader acts under one of their live memberships. Role, specialty and organisation are read
/// from that membership.
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
	/// The member has this specialty (SNOMED CT).
	Specialty(Specialty),
	/// The member's organisation has this kind.
	OrganisationKind(OrganisationKind),
	/// The member acts for this organisation.
	Organisation(OrganisationId),
	/// The purpose is this one.
	Purpose(Purpose),
	/// The record has this category.
	Category(Category),
	/// The record is no more confidential than this.
	ConfidentialityAtMost(Confidentiality),
	/// The time of day, in UTC, is in this window, which may cross midnight.
	TimeOfDay {
		/// Start of the window, in minutes from midnight, included; below [`MINUTES_PER_DAY`].
		from: u16,
		/// End of the window, excluded; at most [`MINUTES_PER_DAY`], and not equal to `from`.
		until: u16,
	},
	/// The reader has an open emergency case for the patient.
	EmergencyOpen,
}

impl Attribute {
	/// Returns whether its values are in range.
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
	/// Pushes the truth of an attribute.
	Is(Attribute),
	/// Pops a value and pushes its negation.
	Not,
	/// Pops this number of values and pushes whether all are true.
	All(u8),
	/// Pops this number of values and pushes whether any is true.
	Any(u8),
}

/// Condition in reverse Polish notation: operands come before their operator, and one value is left
/// at the end.
///
/// `(role = practitioner and not confidential) or emergency` is `Is(Role(Practitioner)),
/// Is(ConfidentialityAtMost(Normal)), All(2), Is(EmergencyOpen), Any(2)`. A flat list cannot
/// recurse, neither in decoding nor in evaluation.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Expression(pub BoundedVec<Term, ConstU32<MAX_TERMS>>);

impl Expression {
	/// Returns whether it evaluates to one value, each operator has its operands and is nested at
	/// most [`MAX_DEPTH`] deep, and all attributes are in range.
	pub fn is_well_formed(&self) -> bool {
		let in_range = self.0.iter().all(|term| match term {
			Term::Is(attribute) => attribute.is_well_formed(),
			_ => true,
		});
		let depth = self.fold(
			|_| 0u32,
			|_, operands| operands.iter().max().map_or(0, |most| most.saturating_add(1)),
		);
		in_range && depth.is_some_and(|depth| depth <= MAX_DEPTH)
	}

	/// Returns the truth of the expression from the truth of its attributes. `None` if it is
	/// unknown (Kleene's logic: one false operand settles `All`, one true operand settles `Any`) or
	/// if the expression is not well formed.
	pub fn truth(&self, of: impl FnMut(&Attribute) -> Option<bool>) -> Option<bool> {
		self.fold(of, |term, operands| match term {
			Term::Is(_) => None,
			Term::Not => operands.first().copied().flatten().map(|truth| !truth),
			Term::All(_) => Self::settle(operands, false),
			Term::Any(_) => Self::settle(operands, true),
		})
		.flatten()
	}

	/// Returns `by` if one operand has that value; else its negation, if all are known.
	fn settle(operands: &[Option<bool>], by: bool) -> Option<bool> {
		if operands.contains(&Some(by)) {
			Some(by)
		} else if operands.contains(&None) {
			None
		} else {
			Some(!by)
		}
	}

	/// Evaluates the terms with a stack. `None` if an operator lacks operands, or if not exactly
	/// one value is left.
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

	/// Evaluates with the emergency as given and every purpose unknown.
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
	fn malformed_expressions_are_detected_and_never_true() {
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
	fn operators_nest_at_most_three_deep() {
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
	fn time_windows_are_range_checked() {
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
