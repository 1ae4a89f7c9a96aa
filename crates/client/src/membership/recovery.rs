//! The account that is to act for a patient who lost their key.
//!
//! It agrees by its own signature. On the patient's new device, it signs a short text that names
//! the patient and an expiry; a guardian, or an admin of the hospital that enrolled the patient,
//! submits it. So nobody becomes a successor unwillingly, and the new account needs no tokens.

use std::time::Duration;

use salus_primitives::{Hash32, Moment, Recovery};
use serde::{Deserialize, Serialize};

use crate::{
	chain::{
		calls,
		submit::{Included, SubmitError},
	},
	Account, Client, Error, Signer,
};

/// Lifetime of a signature: a minute less than the longest that the chain accepts.
pub const RECOVERY_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60 - 60);

/// A new account's signed agreement to act for a patient, for a supporter to submit. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRecovery {
	/// Genesis hash, which names the chain.
	#[serde(with = "crate::json::hex")]
	pub genesis: Hash32,
	/// Patient to act for.
	pub patient: Account,
	/// The account that is to act for the patient.
	pub successor: Account,
	/// Expiry of the signature, in milliseconds since 1970.
	pub until: Moment,
	/// The new account's signature.
	#[serde(with = "crate::json::hex")]
	pub signature: [u8; 64],
}

impl Client {
	/// Signs that an account agrees to act for a patient.
	pub async fn sign_recovery(
		&self,
		successor: &Signer,
		patient: Account,
	) -> Result<SignedRecovery, Error> {
		let clock = self.now().clock().await?;
		let until = clock.saturating_add(RECOVERY_LIFETIME.as_millis() as Moment);
		Ok(signed(self.genesis(), successor, patient, until))
	}

	/// Proposes an account that agreed to act for a patient. By a guardian, or an admin of the
	/// hospital that enrolled the patient.
	pub async fn propose_recovery(
		&self,
		supporter: &Signer,
		recovery: &SignedRecovery,
	) -> Result<Included, Error> {
		self.check_signed(&recovery.genesis, recovery.until).await?;
		let SignedRecovery { patient, successor, until, signature, .. } = *recovery;
		let call = calls::succession::propose_accepted(patient, successor, until, signature);
		match self.submit(supporter, &call).in_block().await {
			// A chain of an earlier release asks for no signature.
			Err(SubmitError::UnknownCall { .. }) => {
				let call = calls::succession::propose(patient, successor);
				Ok(self.submit(supporter, &call).in_block().await?.included)
			}
			outcome => Ok(outcome?.included),
		}
	}
}

fn signed(genesis: Hash32, successor: &Signer, patient: Account, until: Moment) -> SignedRecovery {
	let recovery = Recovery { genesis, patient, successor: successor.own_account(), until };
	let signature = successor.sign(&recovery.to_sign());
	SignedRecovery { genesis, patient, successor: recovery.successor, until, signature }
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_signed_recovery_survives_json() {
		let phone = Signer::from_dev_uri("//NewPhone").unwrap();
		let patient = Signer::from_dev_uri("//Dave").unwrap().account();
		let given = signed([7; 32], &phone, patient, 99);
		assert_eq!(given.successor, phone.account());
		let text = serde_json::to_string(&given).unwrap();
		assert_eq!(serde_json::from_str::<SignedRecovery>(&text).unwrap(), given);
	}
}
