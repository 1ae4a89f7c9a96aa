//! Admission of members.
//!
//! An account becomes a member by its own signature. On its own machine, it signs a short text that
//! names the organisation, the role and an expiry; an admin of the organisation submits it. So
//! nobody becomes a member unwillingly, and the account needs no tokens. A node's storage account
//! signs with the key in the node's keystore folder ([`NodeKey`]).

use std::time::Duration;

use salus_primitives::{Admission, Hash32, Moment, OrganisationId, Role};
use serde::{Deserialize, Serialize};

use crate::{
	chain::{
		calls::{self, roles::Entitlement},
		submit::{Included, SubmitError},
	},
	keys::node::NodeKey,
	Account, Client, Error, Signer,
};

/// Lifetime of a signature: a minute less than the longest that the chain accepts. It readmits an
/// account whose earlier membership began at least that minute before the signature.
pub const ADMISSION_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60 - 60);

/// An account's signed admission, for an admin of the organisation to submit. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAdmission {
	/// Genesis hash, which names the chain.
	#[serde(with = "crate::json::hex")]
	pub genesis: Hash32,
	/// The account to admit.
	pub account: Account,
	/// Organisation that admits the account.
	pub organisation: OrganisationId,
	/// Role that the account gets.
	pub role: Role,
	/// Expiry of the signature, in milliseconds since 1970.
	pub until: Moment,
	/// The account's signature.
	#[serde(with = "crate::json::hex")]
	pub signature: [u8; 64],
}

/// An account that can sign its own admission.
pub trait Admitted {
	/// Returns the account that becomes a member.
	fn account(&self) -> Account;
	/// Signs (sr25519, context `substrate`).
	fn sign(&self, message: &[u8]) -> [u8; 64];
}

impl Admitted for Signer {
	fn account(&self) -> Account {
		self.own_account()
	}

	fn sign(&self, message: &[u8]) -> [u8; 64] {
		Signer::sign(self, message)
	}
}

impl Admitted for NodeKey {
	fn account(&self) -> Account {
		NodeKey::account(self)
	}

	fn sign(&self, message: &[u8]) -> [u8; 64] {
		NodeKey::sign(self, message)
	}
}

impl Client {
	/// Signs an account's admission to an organisation.
	pub async fn sign_admission(
		&self,
		member: &(impl Admitted + Sync),
		organisation: OrganisationId,
		role: Role,
	) -> Result<SignedAdmission, Error> {
		let clock = self.now().clock().await?;
		let until = clock.saturating_add(ADMISSION_LIFETIME.as_millis() as Moment);
		Ok(signed(self.genesis(), member, organisation, role, until))
	}

	/// Submits a signed admission. By an admin of the organisation.
	pub async fn admit(
		&self,
		admin: &Signer,
		admission: &SignedAdmission,
		entitled: &Entitlement,
	) -> Result<Included, Error> {
		self.check_signed(&admission.genesis, admission.until).await?;
		let call = calls::roles::admit_accepted(
			admission.organisation,
			admission.account,
			admission.role,
			entitled,
			admission.until,
			admission.signature,
		);
		match self.submit(admin, &call).in_block().await {
			// A chain of an earlier release asks for no signature.
			Err(SubmitError::UnknownCall { .. }) => {
				let call = calls::roles::admit_member(
					admission.organisation,
					admission.account,
					admission.role,
					entitled.credential,
					entitled.expires,
					entitled.specialty,
				);
				Ok(self.submit(admin, &call).in_block().await?.included)
			}
			outcome => Ok(outcome?.included),
		}
	}
}

fn signed(
	genesis: Hash32,
	member: &impl Admitted,
	organisation: OrganisationId,
	role: Role,
	until: Moment,
) -> SignedAdmission {
	let admission = Admission { genesis, account: member.account(), organisation, role, until };
	let signature = member.sign(&admission.to_sign());
	SignedAdmission { genesis, account: admission.account, organisation, role, until, signature }
}

#[cfg(test)]
mod tests {
	use super::*;
	#[test]
	fn a_signed_admission_survives_json() {
		let dave = Signer::from_dev_uri("//Dave").unwrap();
		let given = signed([7; 32], &dave, 3, Role::Practitioner, 99);
		let text = serde_json::to_string(&given).unwrap();
		assert!(text.contains("practitioner"));
		assert_eq!(serde_json::from_str::<SignedAdmission>(&text).unwrap(), given);
	}
}
