//! Things that were looked for and do not exist.

use salus_primitives::{Epoch, MemberIndex, OrganisationId, RecordId, Version};

use crate::{number::Beginning, Account};

/// Something that does not exist, or not for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
	/// Record with this number.
	Record(RecordId),
	/// A record whose number begins with these digits.
	RecordBeginning(Beginning),
	/// A version of a record.
	Version(RecordId, Version),
	/// Organisation with this number.
	Organisation(OrganisationId),
	/// A grant of the caller.
	Grant(u32),
	/// A denial of the caller.
	Denial(u32),
	/// A guardian of the caller.
	Guardian(Account),
	/// A membership of an account.
	Member(Account),
	/// An account that was never enrolled as a patient.
	Patient(Account),
	/// A member of an epoch of the committee.
	CommitteeMember(Epoch, MemberIndex),
	/// A request for consent that awaits an answer.
	ConsentRequest(salus_primitives::ConsentRequestId),
	/// An emergency case.
	Case(salus_primitives::CaseId),
}

impl std::fmt::Display for Missing {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Record(id) => write!(f, "there is no record {id}"),
			Self::RecordBeginning(digits) => {
				write!(f, "there is no record whose number begins with {digits}")
			}
			Self::Version(id, version) => write!(f, "record {id} has no version {version}"),
			Self::Organisation(id) => write!(f, "there is no organisation {id}"),
			Self::Grant(id) => {
				write!(f, "you have no grant {id}")
			}
			Self::Denial(id) => {
				write!(f, "you have no denial {id}")
			}
			Self::Guardian(account) => write!(f, "{account} is not one of your guardians"),
			Self::CommitteeMember(epoch, member) => {
				write!(f, "epoch {epoch} of the committee has no member {member}")
			}
			Self::ConsentRequest(id) => write!(f, "no request {id} awaits an answer"),
			Self::Case(case) => write!(f, "there is no emergency case {case}"),
			Self::Patient(account) => {
				write!(f, "{account} was never enrolled as a patient; check the account")
			}
			Self::Member(account) => write!(f, "{account} is not a member of any organisation"),
		}
	}
}
