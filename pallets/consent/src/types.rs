//! Types of this pallet's own storage.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use salus_primitives::{
	ConsentRequest, ConsentRequestId, DenialId, GrantId, Grantee, Guardian, GuardianId, RuleId,
	StandingRule, MAX_ANSWERED, MAX_CONSENT_REQUESTS, MAX_GUARDIANS, MAX_RULES, MAX_SHARED,
};
use scale_info::TypeInfo;

/// A patient's guardians with their numbers, in their order.
pub type Guardians<AccountId> =
	BoundedVec<(GuardianId, Guardian<AccountId>), ConstU32<MAX_GUARDIANS>>;

/// Requests to a patient with their numbers, in their order.
pub type Requests<AccountId> =
	BoundedVec<(ConsentRequestId, ConsentRequest<AccountId>), ConstU32<MAX_CONSENT_REQUESTS>>;

/// In which capacity those requests were made, by their numbers.
pub type Capacities<AccountId> =
	BoundedVec<(ConsentRequestId, Grantee<AccountId>), ConstU32<MAX_CONSENT_REQUESTS>>;

/// Grants that rules and guardians gave, with those to whom they are.
pub type Answered<AccountId> = BoundedVec<(GrantId, Grantee<AccountId>), ConstU32<MAX_ANSWERED>>;

/// A patient's rules with their numbers, in their order.
pub type Rules<AccountId> = BoundedVec<(RuleId, StandingRule<AccountId>), ConstU32<MAX_RULES>>;

/// A patient's counts, so that limits cost one read, and the next numbers, so that none is used twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PatientState {
	/// The number of the next grant.
	pub next_grant: GrantId,
	/// The number of the next denial.
	pub next_denial: DenialId,
	/// The number of the next guardian.
	pub next_guardian: GuardianId,
	/// The number of the next request.
	pub next_request: ConsentRequestId,
	/// The number of the next rule.
	pub next_rule: RuleId,
	/// How many grants stand, those passed on included.
	pub grants: u32,
	/// How many denials stand.
	pub denials: u32,
	/// The grants that were passed on from others, oldest first.
	pub shared: BoundedVec<GrantId, ConstU32<MAX_SHARED>>,
	/// Whether the patient has opted out of emergency access.
	pub opted_out: bool,
}
