//! The hospitals that run the chain.

use crate::OrganisationId;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A validator, as reads give it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValidatorInfo<AccountId> {
	/// The account that registers its session keys.
	pub account: AccountId,
	/// The account that votes in the council for whoever runs it.
	pub representative: AccountId,
	/// The hospital that runs it. `None` for a validator of genesis to which no hospital was assigned yet.
	pub organisation: Option<OrganisationId>,
	/// Whether it takes part in the running session.
	pub active: bool,
	/// The block that it made last; `None` before its first.
	pub last_block: Option<u32>,
	/// The block in which it came into the set; `None` when that was before the chain kept it (version 2).
	#[cfg_attr(feature = "serde", serde(default))]
	pub since: Option<u32>,
}

/// The validators, as the council decided.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValidatorSet<AccountId> {
	/// In which block the set is like that.
	pub block: u32,
	/// Below how many the council cannot go.
	pub minimum: u32,
	/// The validators, in the order in which they came.
	pub validators: Vec<ValidatorInfo<AccountId>>,
}
