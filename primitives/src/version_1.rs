//! Types of version 1 of the runtime API, for nodes that are newer than their chain's runtime.

use crate::OrganisationId;
use alloc::vec::Vec;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// A validator.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ValidatorInfo<AccountId> {
	/// Account that registers its session keys.
	pub account: AccountId,
	/// Account that votes in the council for the hospital that runs it.
	pub representative: AccountId,
	/// Hospital that runs it.
	pub organisation: Option<OrganisationId>,
	/// Whether it takes part in the current session.
	pub active: bool,
	/// Last block that it authored.
	pub last_block: Option<u32>,
}

/// The validators.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ValidatorSet<AccountId> {
	/// Block that the set describes.
	pub block: u32,
	/// Minimum number of validators, below which the council cannot go.
	pub minimum: u32,
	/// Validators, in the order in which they joined.
	pub validators: Vec<ValidatorInfo<AccountId>>,
}

impl<AccountId> From<ValidatorSet<AccountId>> for crate::ValidatorSet<AccountId> {
	fn from(set: ValidatorSet<AccountId>) -> Self {
		let validators = set.validators.into_iter().map(|validator| {
			let ValidatorInfo { account, representative, organisation, active, last_block } =
				validator;
			crate::ValidatorInfo {
				account,
				representative,
				organisation,
				active,
				last_block,
				since: None,
			}
		});
		Self { block: set.block, minimum: set.minimum, validators: validators.collect() }
	}
}
