//! What the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use salus_primitives::OrganisationId;
use scale_info::TypeInfo;

/// A validator, as the council decided.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Validator<AccountId, BlockNumber> {
	/// The account that registers its session keys.
	pub account: AccountId,
	/// The account that votes in the council for whoever runs it.
	pub representative: AccountId,
	/// The hospital that runs it. `None` for a validator of genesis to which no hospital was assigned yet.
	pub organisation: Option<OrganisationId>,
	/// The block in which the account came into the set. `None` where nobody kept it: before version 2 of this storage.
	pub since: Option<BlockNumber>,
}

/// Who is to vote for a hospital in the place of its present representative.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Nomination<AccountId, BlockNumber> {
	/// The account that is to vote.
	pub representative: AccountId,
	/// The administrator who named it.
	pub by: AccountId,
	/// The first block in which it can be confirmed. `None` after an objection: then it takes the
	/// representative's agreement, or the council.
	pub from: Option<BlockNumber>,
}
