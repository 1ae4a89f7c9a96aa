//! The basis of decisions: the time until which they hold, and the entries of the state that change
//! them. A decision is kept until one of these changes.

use super::{Attribute, ConsentDetails, Expression, Purpose, Term};
use crate::{MemberInfo, Moment};

impl<AccountId> ConsentDetails<AccountId> {
	/// Returns the time until which decisions on all of the patient's records hold, if nothing
	/// changes but the time. `memberships` are the reader's. It is `now` for decisions that other
	/// people's memberships, an emergency or the time of day may change.
	pub fn holds_until(&self, memberships: &[MemberInfo], purpose: Purpose, now: Moment) -> Moment {
		let is_of_emergency = matches!(purpose, Purpose::BTG | Purpose::ETREAT);
		let varies = |(_, grant): &(_, super::Grant<AccountId>)| {
			grant.via.is_some() || grant.terms.condition.as_ref().is_some_and(Expression::varies)
		};
		if is_of_emergency || self.grants.iter().any(varies) {
			return now;
		}
		let memberships = memberships.iter().filter_map(|held| held.member.expires);
		let grants = self.grants.iter().flat_map(|(_, grant)| {
			[Some(grant.terms.from.unwrap_or(grant.given)), grant.terms.until]
		});
		let guardians =
			self.guardians.iter().flat_map(|(_, guardian)| [Some(guardian.since), guardian.until]);
		memberships
			.chain(grants.flatten())
			.chain(guardians.flatten())
			.filter(|edge| *edge > now)
			.min()
			.unwrap_or(Moment::MAX)
	}
}

impl Expression {
	/// Returns whether the result can change with the time of day or an emergency alone.
	fn varies(&self) -> bool {
		self.0.iter().any(|term| {
			matches!(term, Term::Is(Attribute::TimeOfDay { .. } | Attribute::EmergencyOpen))
		})
	}
}

/// Newest version of the runtime (`spec_version`) whose decisions [`BASIS`] and
/// [`ConsentDetails::holds_until`] describe. A newer one may rest on more, so that its decisions
/// are not kept beyond their own block.
pub const BASIS_UP_TO: u32 = 3;

/// Subject of an entry of the state. Its identifier follows the map's prefix in the entry's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerned {
	/// The patient whose account comes after its 16-byte hash (`Blake2_128Concat`).
	Patient,
	/// The record whose identifier comes first (`Identity`).
	Record,
	/// Anyone.
	Everybody,
}

/// Maps of the state whose entries change decisions that hold beyond their own block
/// ([`ConsentDetails::holds_until`]): pallet, name, and whom an entry concerns. Beside them, the
/// runtime's code and the time change them.
pub const BASIS: &[(&str, &str, Concerned)] = &[
	("Records", "Records", Concerned::Record),
	("Records", "Versions", Concerned::Record),
	("Records", "Withdrawals", Concerned::Record),
	("Records", "PatientRecords", Concerned::Patient),
	("Records", "PatientRecordCounts", Concerned::Patient),
	("Consent", "Guardians", Concerned::Patient),
	("Consent", "Grants", Concerned::Patient),
	("Consent", "Denials", Concerned::Patient),
	("Roles", "Members", Concerned::Everybody),
	("Roles", "Organisations", Concerned::Everybody),
];
