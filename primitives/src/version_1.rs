//! What version 1 of the runtime API gave, for nodes that are newer than their chain's runtime.

use crate::OrganisationId;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ValidatorInfo<AccountId> {
	/// The account that registers its session keys.
	pub account: AccountId,
	/// The account that votes in the council for whoever runs it.
	pub representative: AccountId,
	/// The hospital that runs it.
	pub organisation: Option<OrganisationId>,
	/// Whether it takes part in the running session.
	pub active: bool,
	/// The block that it made last.
	pub last_block: Option<u32>,
}

/// The validators.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ValidatorSet<AccountId> {
	/// In which block the set is like that.
	pub block: u32,
	/// Below how many the council cannot go.
	pub minimum: u32,
	/// The validators, in the order in which they came.
	pub validators: Vec<ValidatorInfo<AccountId>>,
}

impl<AccountId> From<ValidatorSet<AccountId>> for crate::ValidatorSet<AccountId> {
	fn from(set: ValidatorSet<AccountId>) -> Self {
		let validators = set.validators.into_iter().map(|validator| {
			let ValidatorInfo {
				account,
				representative,
				organisation,
				active,
				last_block,
			} = validator;
			crate::ValidatorInfo {
				account,
				representative,
				organisation,
				active,
				last_block,
				since: None,
			}
		});
		Self {
			block: set.block,
			minimum: set.minimum,
			validators: validators.collect(),
		}
	}
}
