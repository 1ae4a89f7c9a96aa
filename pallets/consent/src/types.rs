//! Storage types of the pallet.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{
	ConsentRequest, ConsentRequestId, DenialId, GrantId, Grantee, Guardian, GuardianId, Moment,
	OrganisationId, RuleId, StandingRule, MAX_ANSWERED, MAX_CONSENT_REQUESTS, MAX_GUARDIANS,
	MAX_REQUESTS_OF_PERSONS, MAX_REQUESTS_PER_ORGANISATION, MAX_RULES, MAX_SHARED,
};
use scale_info::TypeInfo;

/// Guardians of a patient with their numbers, in order.
pub type Guardians<AccountId> =
	BoundedVec<(GuardianId, Guardian<AccountId>), ConstU32<MAX_GUARDIANS>>;

/// Requests to a patient with their numbers, in order.
pub type Requests<AccountId> =
	BoundedVec<(ConsentRequestId, ConsentRequest<AccountId>), ConstU32<MAX_CONSENT_REQUESTS>>;

/// Capacities in which those requests were made, by request number.
pub type Capacities<AccountId> =
	BoundedVec<(ConsentRequestId, Grantee<AccountId>), ConstU32<MAX_CONSENT_REQUESTS>>;

/// Grants that rules and guardians gave, with their grantees.
pub type Answered<AccountId> = BoundedVec<(GrantId, Grantee<AccountId>), ConstU32<MAX_ANSWERED>>;

/// Rules of a patient with their numbers, in order.
pub type Rules<AccountId> = BoundedVec<(RuleId, StandingRule<AccountId>), ConstU32<MAX_RULES>>;

/// Times at which those rules were set, by rule number.
pub type RuleTimes = BoundedVec<(RuleId, Moment), ConstU32<MAX_RULES>>;

/// Returns the maximum number of waiting requests to one patient from one organisation, or from
/// all persons who act for none.
pub(crate) fn most_requests(organisation: Option<OrganisationId>) -> u32 {
	match organisation {
		Some(_) => MAX_REQUESTS_PER_ORGANISATION,
		None => MAX_REQUESTS_OF_PERSONS,
	}
}

/// Counters of a patient, so that limits cost one read, and the next numbers, so that none is used
/// twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PatientState {
	/// Number of the next grant.
	pub next_grant: GrantId,
	/// Number of the next denial.
	pub next_denial: DenialId,
	/// Number of the next guardian.
	pub next_guardian: GuardianId,
	/// Number of the next request.
	pub next_request: ConsentRequestId,
	/// Number of the next rule.
	pub next_rule: RuleId,
	/// Number of grants, including those passed on.
	pub grants: u32,
	/// Number of denials.
	pub denials: u32,
	/// Numbers of the grants that were passed on from others, oldest first.
	pub shared: BoundedVec<GrantId, ConstU32<MAX_SHARED>>,
	/// Whether the patient has opted out of emergency access.
	pub opted_out: bool,
}
