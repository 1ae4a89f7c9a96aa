//! Accounts that are to vote for a hospital in the place of the present one.

use codec::{Decode, Encode};
use salus_primitives::OrganisationId;
use serde::Serialize;

use crate::{chain::rpc::RpcError, Account, View};

/// An account that is to vote for a hospital in the place of the one who does now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nomination {
	/// The account of the validator that the hospital runs.
	pub validator: Account,
	/// The hospital.
	pub organisation: OrganisationId,
	/// Who votes now, and may object.
	pub replaced: Account,
	/// Who is to vote.
	pub representative: Account,
	/// The admin who named it.
	pub by: Account,
	/// The first block in which it can be confirmed. `None` after an objection.
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
	/// Who is to vote for hospitals in the place of those who do now.
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

/// The storage key of the nomination for a hospital.
fn nomination(organisation: OrganisationId) -> Vec<u8> {
	let prefix =
		["Validators", "Nominations"].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
	let mut key = prefix.concat();
	let number = organisation.encode();
	key.extend(sp_crypto_hashing::twox_64(&number));
	key.extend(number);
	key
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_nomination_lies_where_the_pallet_keeps_it() {
		// Of the Python library xxhash: twox_128 of both names, twox_64 of the number, the number.
		assert_eq!(
			hex::encode(nomination(3)),
			"88dcde934c658227ee1dfafcd6e1690315a12573b165647c961348db57def9a8bfb27f1eaef06bb903000000"
		);
	}
}
