//! Types that the pallet stores.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use salus_primitives::OrganisationId;
use scale_info::TypeInfo;

/// A validator, as the council decided.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Validator<AccountId, BlockNumber> {
	/// Account that registers its session keys.
	pub account: AccountId,
	/// Account that votes in the council for the hospital that runs it.
	pub representative: AccountId,
	/// Hospital that runs it; `None` for a validator of genesis without an assigned hospital.
	pub organisation: Option<OrganisationId>,
	/// Block in which the account joined the set; `None` if it joined before storage version 2.
	pub since: Option<BlockNumber>,
}

/// Nomination of a hospital's next representative.
#[derive(
	Clone, Debug, Decode, DecodeWithMemTracking, Encode, Eq, MaxEncodedLen, PartialEq, TypeInfo,
)]
pub struct Nomination<AccountId, BlockNumber> {
	/// Account that is to vote.
	pub representative: AccountId,
	/// Administrator who named it.
	pub by: AccountId,
	/// First block in which it can be confirmed; `None` after an objection, when it needs the
	/// representative's agreement or the council.
	pub from: Option<BlockNumber>,
}
