//! The hospitals that run the chain.

use crate::OrganisationId;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// Maximum number of validators, and so of seats in the council. The committee is smaller
/// ([`MAX_COMMITTEE`](crate::MAX_COMMITTEE)).
pub const MAX_VALIDATORS: u32 = 100;

/// Validator, as reads return it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValidatorInfo<AccountId> {
	/// Account that registers its session keys.
	pub account: AccountId,
	/// Account that votes in the council for the hospital that runs it.
	pub representative: AccountId,
	/// Hospital that runs it; `None` for a validator of genesis without an assigned hospital.
	pub organisation: Option<OrganisationId>,
	/// Whether it takes part in the current session.
	pub active: bool,
	/// Last block that it authored; `None` before its first.
	pub last_block: Option<u32>,
	/// Block in which it joined the set; `None` if that was before the chain kept it (version 2).
	#[cfg_attr(feature = "serde", serde(default))]
	pub since: Option<u32>,
}

/// The validators, as decided by the council.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ValidatorSet<AccountId> {
	/// Block that the set describes.
	pub block: u32,
	/// Minimum number of validators, below which the council cannot go.
	pub minimum: u32,
	/// Validators, in the order in which they joined.
	pub validators: Vec<ValidatorInfo<AccountId>>,
}
