//! Encrypted keystore files, in the JSON that polkadot.js exports.
//!
//! ```text
//! encoded   = base64(salt (32) ‖ N (LE32) ‖ p (LE32) ‖ r (LE32) ‖ nonce (24) ‖ box)
//! box       = XSalsa20-Poly1305 under scrypt(password, salt, N, p, r)
//! plaintext = PKCS8 head (16) ‖ secret (64) ‖ divider (5) ‖ public (32)
//! ```

mod password;
#[cfg(test)]
mod tests;

pub use password::Password;

use std::{
	fs::File,
	io::{ErrorKind, Read},
	path::Path,
	time::{SystemTime, UNIX_EPOCH},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use crypto_secretbox::{
	aead::{Aead, KeyInit},
	Key, Nonce, XSalsa20Poly1305,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{
	account::Account,
	error::KeyError,
	signer::{Signer, SECRET_SIZE},
};
use crate::files::output::{create_private, replace_private};
use password::text;

/// Cost of new files as `log2 N`, `p` and `r`: 64 MiB, and about a third of a second for each
/// guess. polkadot.js permits exactly the combinations of [`ALLOWED`].
const NEW: (u8, u32, u32) = (16, 2, 8);
const ALLOWED: [(u8, u32, u32); 6] =
	[(13, 10, 8), (14, 5, 8), (15, 3, 8), (15, 1, 8), (16, 2, 8), (17, 1, 8)];

const SALT_SIZE: usize = 32;
const NONCE_SIZE: usize = 24;
const HEAD: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
const PLAIN_SIZE: usize = HEAD.len() + SECRET_SIZE + DIVIDER.len() + 32;

/// Largest keystore file, in bytes. A larger file is refused before it is read.
const MAX_FILE: u64 = 64 * 1024;

#[derive(Serialize, Deserialize)]
struct Encoding {
	content: Words,
	r#type: Words,
	version: String,
}

impl Encoding {
	/// Returns the encoding of new files.
	fn ours() -> Self {
		Self {
			content: ["pkcs8", "sr25519"].into(),
			r#type: ["scrypt", "xsalsa20-poly1305"].into(),
			version: "3".into(),
		}
	}
}

/// A list of words. Old exports of polkadot.js have a single word.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Words {
	Many(Vec<String>),
	One(String),
}

impl Words {
	fn has(&self, what: &str) -> bool {
		match self {
			Self::Many(words) => words.iter().any(|word| word == what),
			Self::One(word) => word == what,
		}
	}
}

impl<const N: usize> From<[&str; N]> for Words {
	fn from(words: [&str; N]) -> Self {
		Self::Many(words.map(str::to_owned).into())
	}
}

#[derive(Serialize, Deserialize)]
struct KeystoreFile {
	encoded: String,
	encoding: Encoding,
	address: Account,
	#[serde(default)]
	meta: Meta,
}

/// The part that every export of polkadot.js has.
#[derive(Deserialize)]
struct Export {
	encoding: Encoding,
}

impl Export {
	/// Checks that the export is a single encrypted sr25519 account.
	fn check(&self) -> Result<(), KeyError> {
		let Encoding { content, r#type, version } = &self.encoding;
		if content.has("batch-pkcs8") {
			return Err(KeyError::Batch);
		}
		if r#type.has("none") {
			return Err(KeyError::Unencrypted);
		}
		for kind in ["ed25519", "ecdsa", "ethereum"] {
			if content.has(kind) {
				return Err(KeyError::OtherKind(kind));
			}
		}
		let is_known = version == "3"
			&& content.has("pkcs8")
			&& content.has("sr25519")
			&& r#type.has("scrypt")
			&& r#type.has("xsalsa20-poly1305");
		if is_known {
			Ok(())
		} else {
			Err(KeyError::UnknownEncoding)
		}
	}
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
	genesis_hash: String,
	name: String,
	when_created: u64,
}

/// Facts that a keystore file reveals without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeystoreInfo {
	/// Account whose secret it holds.
	pub account: Account,
	/// Name that its owner gave it.
	pub name: String,
}

/// Encrypts an account's secret. polkadot.js opens the result, too.
pub fn encrypt(signer: &Signer, name: &str, password: &Password) -> Result<String, KeyError> {
	let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
	let file = KeystoreFile {
		encoded: seal(signer, password)?,
		encoding: Encoding::ours(),
		address: signer.own_account(),
		meta: Meta {
			name: name.into(),
			when_created: created.as_millis() as u64,
			..Meta::default()
		},
	};
	serde_json::to_string_pretty(&file).map_err(|_| KeyError::Damaged)
}

/// Encrypts the secret of a keystore file under another password, and leaves the rest of the file
/// as it is.
///
/// `old` is `None` for a file that is not encrypted.
pub fn change_password(
	json: &str,
	old: Option<&Password>,
	new: &Password,
) -> Result<String, KeyError> {
	let signer = match old {
		Some(old) => decrypt(json, old)?,
		None => unencrypted(json)?,
	};
	let mut file: Map<String, Value> =
		serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)?;
	let encoding = serde_json::to_value(Encoding::ours()).map_err(|_| KeyError::Damaged)?;
	file.insert("encoding".into(), encoding);
	let sealed = seal(&signer, new)?;
	if let Some(Value::String(encoded)) = file.insert("encoded".into(), sealed.into()) {
		// This may be the secret itself.
		drop(Zeroizing::new(encoded));
	}
	let changed = serde_json::to_string_pretty(&file).map_err(|_| KeyError::Damaged)?;
	// The result may replace the only copy.
	match decrypt(&changed, new)?.own_account() == signer.own_account() {
		true => Ok(changed),
		false => Err(KeyError::Damaged),
	}
}

/// Returns whether a keystore file is encrypted. Files of [`encrypt`] are; polkadot.js also exports
/// others.
pub fn is_encrypted(json: &str) -> Result<bool, KeyError> {
	match parse(json) {
		Ok(_) => Ok(true),
		Err(KeyError::Unencrypted) => Ok(false),
		Err(error) => Err(error),
	}
}

/// Reads the secret of a file that is not encrypted.
fn unencrypted(json: &str) -> Result<Signer, KeyError> {
	let file: KeystoreFile = serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)?;
	let encoded = Zeroizing::new(file.encoded);
	if !file.encoding.r#type.has("none") {
		return Err(KeyError::UnknownEncoding);
	}
	let plain = STANDARD.decode(&*encoded).map(Zeroizing::new);
	signer_of(&plain.map_err(|_| KeyError::Damaged)?, &file.address)
}

/// Encrypts the secret, in the form of the file's `encoded`.
fn seal(signer: &Signer, password: &Password) -> Result<String, KeyError> {
	if password.is_empty() {
		return Err(KeyError::EmptyPassword);
	}
	let mut random = [0; SALT_SIZE + NONCE_SIZE];
	getrandom::fill(&mut random).map_err(|_| KeyError::NoRandomness)?;
	let (salt, nonce) = random.split_at(SALT_SIZE);

	let mut plain = Zeroizing::new(Vec::with_capacity(PLAIN_SIZE));
	plain.extend_from_slice(&HEAD);
	plain.extend_from_slice(&*signer.secret());
	plain.extend_from_slice(&DIVIDER);
	plain.extend_from_slice(&signer.own_account().0);

	let (log_n, p, r) = NEW;
	let sealed = stretch(password, salt, NEW)?
		.encrypt(Nonce::from_slice(nonce), plain.as_slice())
		.map_err(|_| KeyError::Damaged)?;
	let mut encoded = salt.to_vec();
	for number in [1 << log_n, p, r] {
		encoded.extend_from_slice(&u32::to_le_bytes(number));
	}
	encoded.extend_from_slice(nonce);
	encoded.extend_from_slice(&sealed);
	Ok(STANDARD.encode(encoded))
}

/// Decrypts a file of [`encrypt`] or polkadot.js.
pub fn decrypt(json: &str, password: &Password) -> Result<Signer, KeyError> {
	let file = parse(json)?;
	let encoded = STANDARD.decode(&file.encoded).map_err(|_| KeyError::Damaged)?;
	let (salt, rest) = encoded.split_at_checked(SALT_SIZE).ok_or(KeyError::Damaged)?;
	let mut rest = rest;
	let mut number = || {
		let (number, tail) = rest.split_first_chunk::<4>()?;
		rest = tail;
		Some(u32::from_le_bytes(*number))
	};
	let (Some(n), Some(p), Some(r)) = (number(), number(), number()) else {
		return Err(KeyError::Damaged);
	};
	let (nonce, sealed) = rest.split_at_checked(NONCE_SIZE).ok_or(KeyError::Damaged)?;
	// Other costs could be chosen to exhaust the memory.
	let cost = ALLOWED
		.into_iter()
		.find(|(log_n, allowed_p, allowed_r)| (1 << log_n, *allowed_p, *allowed_r) == (n, p, r))
		.ok_or(KeyError::UnknownEncoding)?;

	let plain = stretch(password, salt, cost)?
		.decrypt(Nonce::from_slice(nonce), sealed)
		.map(Zeroizing::new)
		.map_err(|_| KeyError::WrongPassword)?;
	signer_of(&plain, &file.address)
}

/// Returns the account of a decrypted secret, if it is the one at `address`.
fn signer_of(plain: &[u8], address: &Account) -> Result<Signer, KeyError> {
	let rest = plain.strip_prefix(&HEAD).ok_or(KeyError::Damaged)?;
	let (secret, rest) = rest.split_first_chunk::<SECRET_SIZE>().ok_or(KeyError::Damaged)?;
	let public = rest.strip_prefix(&DIVIDER).ok_or(KeyError::Damaged)?;
	let signer = Signer::from_secret(secret)?;
	if signer.own_account().0 != *public || signer.own_account() != *address {
		return Err(KeyError::Damaged);
	}
	Ok(signer)
}

/// Writes a new keystore file that only its owner can read. Never replaces a file, and never leaves
/// a part of one.
pub fn write(path: &Path, json: &str) -> Result<(), KeyError> {
	let content = format!("{json}\n");
	create_private(path, content.as_bytes()).map_err(|source| match source.kind() {
		ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
		_ => KeyError::WriteFile { path: path.to_owned(), source },
	})
}

/// Replaces a keystore file atomically with the result of [`change_password`]. Only its owner can
/// read it.
pub fn replace(path: &Path, json: &str) -> Result<(), KeyError> {
	let content = format!("{json}\n");
	replace_private(path, content.as_bytes())
		.map_err(|source| KeyError::ReplaceFile { path: path.to_owned(), source })
}

/// Reads the text of a keystore file. If the file is not encrypted, the text is the secret.
pub fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
	let failed = |source| KeyError::ReadFile { path: path.to_owned(), source };
	let mut file = File::open(path).map_err(failed)?;
	if file.metadata().map_err(failed)?.len() > MAX_FILE {
		return Err(KeyError::NotAKeystore);
	}
	let mut bytes = Zeroizing::new(Vec::new());
	file.read_to_end(&mut bytes).map_err(failed)?;
	text(&bytes).ok_or(KeyError::NotAKeystore)
}

/// Returns what a keystore file reveals without its password.
pub fn info(json: &str) -> Result<KeystoreInfo, KeyError> {
	let file = parse(json)?;
	Ok(KeystoreInfo { account: file.address, name: file.meta.name })
}

fn parse(json: &str) -> Result<KeystoreFile, KeyError> {
	// The causes could quote the file, so they are dropped.
	let export: Export = serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)?;
	export.check()?;
	serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)
}

fn stretch(
	password: &Password,
	salt: &[u8],
	(log_n, p, r): (u8, u32, u32),
) -> Result<XSalsa20Poly1305, KeyError> {
	let params = scrypt::Params::new(log_n, r, p, 32).map_err(|_| KeyError::UnknownEncoding)?;
	let mut key = Zeroizing::new([0; 32]);
	scrypt::scrypt(password.expose().as_bytes(), salt, &params, &mut *key)
		.map_err(|_| KeyError::UnknownEncoding)?;
	Ok(XSalsa20Poly1305::new(Key::from_slice(&*key)))
}
