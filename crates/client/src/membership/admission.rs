//! Admission of members.
//!
//! An account becomes a member by its own signature: it signs, on its own machine, a short text that
//! names the organisation, the role and an end; an admin of the organisation sends it to the chain.
//! So nobody is made a member without wanting it, and the account needs no token. A node's storage
//! account signs with the key in the node's keystore folder ([`NodeKey`]).

use std::{fmt, path::Path, str::FromStr, time::Duration};

use salus_primitives::{Admission, Hash32, Moment, OrganisationId, Role, Specialty};
use serde::{Deserialize, Serialize};
use subxt_signer::{sr25519, SecretString, SecretUri};
use zeroize::Zeroizing;

use crate::{
	chain::calls, chain::submit::Included, keys::keystore, Account, Client, Error, KeyError,
	Password, Signer, SubmitError,
};

/// The longest that a signature may be used, as the chain takes it, less a minute in which an earlier membership began.
pub const ADMISSION_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60 - 60);

/// How the file names of storage keys begin in a node's keystore folder: the key type `salu` in hexadecimal.
const NODE_KEY_PREFIX: &str = "73616c75";

/// An account's signed wish to become a member, as it travels to the organisation's admin. No secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAdmission {
	/// Of which chain.
	#[serde(with = "crate::json::hex")]
	pub genesis: Hash32,
	/// Who wants it.
	pub account: Account,
	/// Of which organisation.
	pub organisation: OrganisationId,
	/// In which role.
	pub role: Role,
	/// Until when it may be used, in milliseconds since 1970.
	pub until: Moment,
	/// The account's signature.
	#[serde(with = "crate::json::hex")]
	pub signature: [u8; 64],
}

/// What an admin vouches for when admitting a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entitlement {
	/// SHA-256 of the document that entitles the member.
	pub credential: Hash32,
	/// When it ends; `None` if it does not.
	pub expires: Option<Moment>,
	/// What the member practises.
	pub specialty: Option<Specialty>,
}

/// The storage key of a node, as it lies in the node's keystore folder. Erased from memory when dropped.
pub struct NodeKey(sr25519::Keypair);

impl fmt::Debug for NodeKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_tuple("NodeKey").field(&self.account().to_string()).finish()
	}
}

impl NodeKey {
	/// Reads a key file. `password` is that of the node's keystore, if it has one.
	pub fn read(path: &Path, password: Option<&Password>) -> Result<Self, KeyError> {
		let public = path
			.file_name()
			.and_then(|name| name.to_str())
			.and_then(|name| name.strip_prefix(NODE_KEY_PREFIX))
			.and_then(|public| hex::decode(public).ok())
			.ok_or(KeyError::NotANodeKey)?;
		let text = keystore::read(path)?;
		// The causes could quote the secret, so they are dropped.
		let uri = serde_json::from_str::<String>(&text).map_err(|_| KeyError::NotANodeKey)?;
		let uri = Zeroizing::new(uri);
		let mut parsed = SecretUri::from_str(&uri).map_err(|_| KeyError::NotANodeKey)?;
		if let Some(password) = password {
			parsed.password = Some(SecretString::from(password.expose().to_owned()));
		}
		let pair = sr25519::Keypair::from_uri(&parsed).map_err(|_| KeyError::NotANodeKey)?;
		if pair.public_key().0.as_slice() != public.as_slice() {
			return Err(KeyError::WrongPassword);
		}
		Ok(Self(pair))
	}

	/// The node's storage account.
	pub fn account(&self) -> Account {
		Account::from(self.0.public_key().0)
	}
}

/// Whoever signs an admission.
pub trait Admitted {
	/// The account that becomes a member.
	fn account(&self) -> Account;
	/// Its signature (sr25519, context `substrate`).
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
		self.0.sign(message).0
	}
}

impl Client {
	/// Signs the wish to become a member of an organisation.
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

	/// Sends an account's signed wish to the chain. By an admin of the organisation.
	pub async fn admit(
		&self,
		admin: &Signer,
		admission: &SignedAdmission,
		entitled: &Entitlement,
	) -> Result<Included, Error> {
		if admission.genesis != self.genesis() {
			return Err(Error::Enrolment(
				"the admission was signed for another chain; have the account sign it again for this one",
			));
		}
		if admission.until <= self.now().clock().await? {
			return Err(Error::Enrolment(
				"the admission has expired; have the account sign it again",
			));
		}
		let call = calls::roles::admit_accepted(
			admission.organisation,
			admission.account,
			admission.role,
			entitled,
			admission.until,
			admission.signature,
		);
		match self.submit(admin, &call).await {
			// A chain of an earlier release asks nobody.
			Err(SubmitError::UnknownCall { .. }) => {
				let call = calls::roles::admit_member(
					admission.organisation,
					admission.account,
					admission.role,
					entitled.credential,
					entitled.expires,
					entitled.specialty,
				);
				Ok(self.submit(admin, &call).await?)
			}
			outcome => Ok(outcome?),
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

	/// As the SDK's keystore writes a key: a phrase in quotation marks, in a file that is named after its public key.
	fn key_file(folder: &Path, phrase: &str, public: &[u8]) -> std::path::PathBuf {
		let path = folder.join(format!("{NODE_KEY_PREFIX}{}", hex::encode(public)));
		std::fs::write(&path, format!("\"{phrase}\"")).unwrap();
		path
	}

	#[test]
	fn a_nodes_storage_key_signs_as_its_account() {
		let folder = tempfile::tempdir().unwrap();
		for (uri, password) in [
			(subxt_signer::DEV_PHRASE, None),
			("//Alice//storage", None),
			(subxt_signer::DEV_PHRASE, Some("correct horse")),
		] {
			let mut parsed = SecretUri::from_str(uri).unwrap();
			parsed.password = password.map(|text: &str| SecretString::from(text.to_owned()));
			let expected = sr25519::Keypair::from_uri(&parsed).unwrap().public_key();
			let path = key_file(folder.path(), uri, &expected.0);
			let password = password.map(|text| Password::from(text.to_owned()));
			let key = NodeKey::read(&path, password.as_ref()).unwrap();
			assert_eq!(key.account(), Account::from(expected.0));
			let given = signed([7; 32], &key, 3, Role::StorageNode, 99);
			let to_sign = Admission {
				genesis: [7; 32],
				account: key.account(),
				organisation: 3,
				role: Role::StorageNode,
				until: 99,
			}
			.to_sign();
			assert!(sr25519::verify(&sr25519::Signature(given.signature), to_sign, &expected));
			assert!(!format!("{key:?}").contains("horse"));
		}
		// A node takes its password file whole, so a line end at its end is a part of the password.
		let file = folder.path().join("password");
		std::fs::write(&file, "correct horse\n").unwrap();
		let mut parsed = SecretUri::from_str(subxt_signer::DEV_PHRASE).unwrap();
		parsed.password = Some(SecretString::from("correct horse\n".to_owned()));
		let expected = sr25519::Keypair::from_uri(&parsed).unwrap().public_key();
		let path = key_file(folder.path(), subxt_signer::DEV_PHRASE, &expected.0);
		let whole = Password::from_whole_file(&file).unwrap();
		assert!(NodeKey::read(&path, Some(&whole)).is_ok());
		let line = Password::from_file(&file).unwrap();
		assert!(matches!(NodeKey::read(&path, Some(&line)), Err(KeyError::WrongPassword)));
		std::fs::write(&file, vec![b'x'; 5000]).unwrap();
		assert!(Password::from_whole_file(&file).is_err());
		// The same phrase has another key under a password.
		let plain = sr25519::Keypair::from_uri(&SecretUri::from_str("//Bob").unwrap()).unwrap();
		let path = key_file(folder.path(), "//Bob", &plain.public_key().0);
		let wrong = Password::from("horse".to_owned());
		assert!(NodeKey::read(&path, Some(&wrong)).is_err());
	}

	#[test]
	fn what_is_no_storage_key_is_refused_and_not_shown() {
		let folder = tempfile::tempdir().unwrap();
		let secret = "bottom drive obey";
		for name in ["gran00", "73616c75zz", "73616c7500", "key.json"] {
			let path = folder.path().join(name);
			std::fs::write(&path, format!("\"{secret}\"")).unwrap();
			let error = NodeKey::read(&path, None).unwrap_err();
			assert!(!format!("{error} {error:?}").contains(secret));
		}
	}

	#[test]
	fn a_signed_admission_travels_as_json() {
		let dave = Signer::from_dev_uri("//Dave").unwrap();
		let given = signed([7; 32], &dave, 3, Role::Practitioner, 99);
		let text = serde_json::to_string(&given).unwrap();
		assert!(text.contains("practitioner"));
		assert_eq!(serde_json::from_str::<SignedAdmission>(&text).unwrap(), given);
	}
}
