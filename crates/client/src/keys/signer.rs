//! An account's secret, and the keys derived from it.
//!
//! Everything follows from the one sr25519 secret. So its holder (with a keystore file or a backup)
//! can open every record that was ever wrapped for the account:
//!
//! ```text
//! key-agreement secret, v  = derive(scalar, "salus/key-agreement" ‖ BE32(v))
//! journal secret           = derive(scalar, "salus/journal")
//! readings secret          = derive(scalar, "salus/readings")
//! memory key               = HKDF-SHA256(scalar, "salus/memory")
//! organisation seed, o, v  = HKDF-SHA256(scalar, "salus/organisation-key" ‖ BE32(o) ‖ BE32(v))
//! organisation secret      = derive(seed, "salus/organisation-key" ‖ BE32(o) ‖ BE32(v))
//! ```
//!
//! where `derive` is [`KeyAgreementSecret::derive`], `o` the organisation, and `v` the version that
//! the chain counts. An admin shares the organisation's seed, not its secret.

use std::{fmt, str::FromStr};

use hkdf::Hkdf;
use salus_envelope::KeyAgreementSecret;
use salus_primitives::OrganisationId;
use schnorrkel::{derive::ChainCode, ExpansionMode, Keypair, MiniSecretKey, SecretKey};
use sha2::Sha256;
use subxt_signer::{DeriveJunction, ExposeSecret, SecretUri, DEV_PHRASE};
use zeroize::Zeroizing;

use crate::{Account, KeyError};

/// Seed of the public development phrase. Not a secret.
const DEV_SEED: [u8; 32] = [
	0xfa, 0xc7, 0x95, 0x9d, 0xbf, 0xe7, 0x2f, 0x05, 0x2e, 0x5a, 0x0c, 0x3c, 0x8d, 0x65, 0x30, 0xf2,
	0x02, 0xb0, 0x2f, 0xd8, 0xf9, 0xf5, 0xca, 0x35, 0x80, 0xec, 0x8d, 0xeb, 0x77, 0x97, 0x47, 0x9e,
];

const SIGNING_CONTEXT: &[u8] = b"substrate";
const SCALAR_SIZE: usize = 32;

/// Size of a secret in the form of keystore files, in bytes.
pub(crate) const SECRET_SIZE: usize = 64;

/// An account with its secret. Erased from memory when dropped.
///
/// Acts for itself, or for a patient who lost their key ([`Signer::in_name_of`]).
#[derive(Clone)]
pub struct Signer {
	pair: Keypair,
	patient: Option<Account>,
}

impl fmt::Debug for Signer {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("Signer")
			.field("account", &self.own_account().to_string())
			.field("patient", &self.patient.map(|patient| patient.to_string()))
			.finish()
	}
}

impl From<Keypair> for Signer {
	fn from(pair: Keypair) -> Self {
		Self { pair, patient: None }
	}
}

impl Signer {
	/// Creates an account from the operating system's randomness.
	pub fn generate() -> Result<Self, KeyError> {
		let mut seed = Zeroizing::new([0; 32]);
		getrandom::fill(&mut *seed).map_err(|_| KeyError::NoRandomness)?;
		Self::from_seed(&seed)
	}

	/// Creates the account of a 32-byte seed.
	pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
		let mini = MiniSecretKey::from_bytes(seed).map_err(|_| KeyError::Damaged)?;
		Ok(mini.expand_to_keypair(ExpansionMode::Ed25519).into())
	}

	/// Creates a development account such as `//Alice` or `//Alice//storage`. Everybody knows its
	/// secret.
	///
	/// # Errors
	///
	/// Refuses a text with a phrase, a seed or a password: those are secrets, and belong in a
	/// keystore file.
	pub fn from_dev_uri(uri: &str) -> Result<Self, KeyError> {
		let parsed = SecretUri::from_str(uri).map_err(|_| KeyError::NotADevUri)?;
		if !uri.starts_with("//")
			|| parsed.phrase.expose_secret() != DEV_PHRASE
			|| parsed.password.is_some()
			|| parsed.junctions.is_empty()
		{
			return Err(KeyError::NotADevUri);
		}
		let mut secret = MiniSecretKey::from_bytes(&DEV_SEED)
			.map_err(|_| KeyError::Damaged)?
			.expand(ExpansionMode::Ed25519);
		for junction in parsed.junctions {
			let DeriveJunction::Hard(code) = junction else {
				return Err(KeyError::NotADevUri);
			};
			let (mini, _) = secret.hard_derive_mini_secret_key(Some(ChainCode(code)), b"");
			secret = mini.expand(ExpansionMode::Ed25519);
		}
		Ok(Keypair::from(secret).into())
	}

	/// Creates the account of a secret in the form of keystore files: the scalar times the
	/// cofactor, and the nonce.
	pub(crate) fn from_secret(secret: &[u8; SECRET_SIZE]) -> Result<Self, KeyError> {
		let secret = SecretKey::from_ed25519_bytes(secret).map_err(|_| KeyError::Damaged)?;
		Ok(Keypair::from(secret).into())
	}

	pub(crate) fn secret(&self) -> Zeroizing<[u8; SECRET_SIZE]> {
		Zeroizing::new(self.pair.secret.to_ed25519_bytes())
	}

	/// Returns the account in whose name the signer acts: its own, or the account of a patient who
	/// lost their key.
	pub fn account(&self) -> Account {
		self.patient.unwrap_or_else(|| self.own_account())
	}

	/// Returns the account to which the secret belongs.
	pub fn own_account(&self) -> Account {
		Account::from(self.pair.public.to_bytes())
	}

	/// Returns this signer acting for a patient, as their [successor](crate::Client::acting) on the
	/// chain. Keys derived from the secret stay the same.
	pub fn in_name_of(mut self, patient: Account) -> Self {
		self.patient = Some(patient);
		self
	}

	/// Returns the patient for whom it acts, if any.
	pub(crate) fn patient(&self) -> Option<Account> {
		self.patient
	}

	/// Signs (sr25519, context `substrate`).
	pub fn sign(&self, message: &[u8]) -> [u8; 64] {
		self.pair.sign_simple(SIGNING_CONTEXT, message).to_bytes()
	}

	/// Derives the secret of a version of the account's key-agreement key.
	pub fn key_agreement(&self, version: u32) -> Result<KeyAgreementSecret, KeyError> {
		let context = [&b"salus/key-agreement"[..], &version.to_be_bytes()].concat();
		Ok(KeyAgreementSecret::derive(&*self.scalar(), &context)?)
	}

	/// Derives the secret to which this machine seals the keys of unfinished uploads.
	pub(crate) fn journal(&self) -> Result<KeyAgreementSecret, KeyError> {
		Ok(KeyAgreementSecret::derive(&*self.scalar(), b"salus/journal")?)
	}

	/// Derives the secret to which this machine seals one-time secrets of unfinished readings.
	pub(crate) fn readings(&self) -> Result<KeyAgreementSecret, KeyError> {
		Ok(KeyAgreementSecret::derive(&*self.scalar(), b"salus/readings")?)
	}

	/// Derives the key that marks the files that this machine has added.
	pub(crate) fn memory(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
		let mut key = Zeroizing::new([0; 32]);
		Hkdf::<Sha256>::new(None, &*self.scalar())
			.expand(b"salus/memory", &mut *key)
			.map_err(|_| KeyError::Damaged)?;
		Ok(key)
	}

	/// Derives the seed of a version of an organisation's key, as its admin makes it.
	pub fn organisation_seed(
		&self,
		organisation: OrganisationId,
		version: u32,
	) -> Result<OrganisationSeed, KeyError> {
		let mut seed = Zeroizing::new([0; 32]);
		Hkdf::<Sha256>::new(None, &*self.scalar())
			.expand(&organisation_context(organisation, version), &mut *seed)
			.map_err(|_| KeyError::Damaged)?;
		Ok(OrganisationSeed { organisation, version, seed })
	}

	/// Returns only the scalar. The nonce beside it depends on how the account was made or
	/// imported.
	fn scalar(&self) -> Zeroizing<[u8; SCALAR_SIZE]> {
		let mut scalar = Zeroizing::new([0; SCALAR_SIZE]);
		let secret = Zeroizing::new(self.pair.secret.to_bytes());
		for (to, from) in scalar.iter_mut().zip(secret.iter()) {
			*to = *from;
		}
		scalar
	}
}

fn organisation_context(organisation: OrganisationId, version: u32) -> Vec<u8> {
	let mut context = b"salus/organisation-key".to_vec();
	context.extend(organisation.to_be_bytes());
	context.extend(version.to_be_bytes());
	context
}

/// The seed from which an organisation's key follows. An admin makes it, and shares it with the
/// records admins. Erased from memory when dropped.
#[derive(Clone)]
pub struct OrganisationSeed {
	organisation: OrganisationId,
	version: u32,
	seed: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for OrganisationSeed {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.debug_struct("OrganisationSeed")
			.field("organisation", &self.organisation)
			.field("version", &self.version)
			.finish_non_exhaustive()
	}
}

impl OrganisationSeed {
	/// Takes a seed that an admin shared.
	pub fn new(organisation: OrganisationId, version: u32, seed: Zeroizing<[u8; 32]>) -> Self {
		Self { organisation, version, seed }
	}

	/// Returns the version of the organisation's key.
	pub fn version(&self) -> u32 {
		self.version
	}

	/// Exposes the seed, to wrap it.
	pub fn expose(&self) -> &[u8; 32] {
		&self.seed
	}

	/// Derives the organisation's secret.
	pub fn secret(&self) -> Result<KeyAgreementSecret, KeyError> {
		let context = organisation_context(self.organisation, self.version);
		Ok(KeyAgreementSecret::derive(&*self.seed, &context)?)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt_signer::sr25519;

	#[test]
	fn development_accounts_match_those_of_substrate_tools() {
		for uri in ["//Alice", "//Bob", "//Alice//storage", "//2", "//Dr//Ada//7"] {
			let theirs = sr25519::Keypair::from_uri(&uri.parse().unwrap()).unwrap();
			let ours = Signer::from_dev_uri(uri).unwrap();
			assert_eq!(ours.account().0, theirs.public_key().0, "{uri}");
			let signature = sr25519::Signature(ours.sign(b"message"));
			assert!(sr25519::verify(&signature, b"message", &theirs.public_key()));
		}
	}

	#[test]
	fn secrets_on_the_command_line_are_refused() {
		for uri in [
			"",
			"//",
			"Alice",
			"/Alice",
			"//Alice/soft",
			"//Alice///password",
			"bottom drive obey lake curtain smoke basket hold race lonely fit walk",
			"bottom drive obey lake curtain smoke basket hold race lonely fit walk//Alice",
			"0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a//Alice",
		] {
			assert!(matches!(Signer::from_dev_uri(uri), Err(KeyError::NotADevUri)), "{uri}");
		}
	}

	#[test]
	fn derived_keys_are_separate_and_repeatable() {
		let signer = Signer::from_dev_uri("//Alice").unwrap();
		let again = Signer::from_secret(&signer.secret()).unwrap();
		let publics = [
			signer.key_agreement(1).unwrap().public(),
			signer.key_agreement(2).unwrap().public(),
			signer.journal().unwrap().public(),
			signer.organisation_seed(1, 1).unwrap().secret().unwrap().public(),
			signer.organisation_seed(1, 2).unwrap().secret().unwrap().public(),
			signer.organisation_seed(2, 1).unwrap().secret().unwrap().public(),
			Signer::from_dev_uri("//Bob").unwrap().key_agreement(1).unwrap().public(),
		];
		for (i, public) in publics.iter().enumerate() {
			assert!(!publics[..i].contains(public), "{i}");
		}
		assert_eq!(again.key_agreement(1).unwrap().public(), publics[0]);
		let seed = again.organisation_seed(1, 1).unwrap();
		assert_eq!(seed.secret().unwrap().public(), publics[3]);
	}

	/// Records are wrapped for these keys: a change here would lock everybody out.
	#[test]
	fn derivation_is_pinned() {
		let signer = Signer::from_dev_uri("//Alice").unwrap();
		let secret = signer.key_agreement(1).unwrap();
		assert_eq!(
			hex::encode(secret.public()),
			"547e9c969723cacd41975fe56c6273ec7a4ad94fd4b6ecba057e52a8d0752102"
		);
		let secret = signer.organisation_seed(1, 1).unwrap().secret().unwrap();
		assert_eq!(
			hex::encode(secret.public()),
			"2863f19353f74cff9d8767c87f59270f4ef952f04b77d61c4b222b2ab3c88a51"
		);
	}

	#[test]
	fn debug_shows_no_secret() {
		let signer = Signer::from_dev_uri("//Alice").unwrap();
		let seed = signer.organisation_seed(1, 1).unwrap();
		let shown = format!("{signer:?} {seed:?}");
		assert!(shown.contains("5Grwva"));
		for secret in [&signer.secret()[..8], &seed.expose()[..8]] {
			assert!(!shown.contains(&hex::encode(secret)));
			assert!(!shown.contains(&format!("{}, {}", secret[0], secret[1])));
		}
	}
}
