//! Nominations of accounts that are to vote for a hospital instead of its current representative.

use codec::Decode;
use salus_primitives::OrganisationId;
use serde::Serialize;

use crate::{chain::rpc::RpcError, storage, Account, View};

/// An account that is nominated to vote for a hospital.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nomination {
	/// Account of the hospital's validator.
	pub validator: Account,
	/// Hospital for which it is to vote.
	pub organisation: OrganisationId,
	/// The current representative, who may object.
	pub replaced: Account,
	/// Account that is nominated.
	pub representative: Account,
	/// The admin who nominated it.
	pub by: Account,
	/// First block in which it can be confirmed; `None` after an objection.
	pub from: Option<u32>,
}

/// A nomination, as `pallet-validators` stores it.
#[derive(Decode)]
struct StoredNomination {
	representative: Account,
	by: Account,
	from: Option<u32>,
}

impl View<'_> {
	/// Returns the open nominations.
	pub async fn nominations(&self) -> Result<Vec<Nomination>, RpcError> {
		let mut nominations = Vec::new();
		for validator in self.validators().await?.validators {
			let Some(organisation) = validator.organisation else {
				continue;
			};
			let stored: Option<StoredNomination> = self.storage(&nomination(organisation)).await?;
			nominations.extend(stored.map(|stored| Nomination {
				validator: validator.account,
				organisation,
				replaced: validator.representative,
				representative: stored.representative,
				by: stored.by,
				from: stored.from,
			}));
		}
		Ok(nominations)
	}
}

/// Returns the storage key of a hospital's nomination.
fn nomination(organisation: OrganisationId) -> Vec<u8> {
	storage::twox_entry("Validators", "Nominations", &organisation.to_le_bytes())
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_nomination_is_read_where_the_pallet_keeps_it() {
		// From the Python library xxhash: twox_128 of both names, twox_64 of the number, the
		// number.
		assert_eq!(
			hex::encode(nomination(3)),
			"88dcde934c658227ee1dfafcd6e1690315a12573b165647c961348db57def9a8bfb27f1eaef06bb903000000"
		);
	}
}
