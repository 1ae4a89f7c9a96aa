//! Encrypted keystore files: the JSON that polkadot.js exports.
//!
//! ```text
//! encoded   = base64(salt (32) ‖ N (LE32) ‖ p (LE32) ‖ r (LE32) ‖ nonce (24) ‖ box)
//! box       = XSalsa20-Poly1305 under scrypt(password, salt, N, p, r)
//! plaintext = PKCS8 head (16) ‖ secret (64) ‖ divider (5) ‖ public (32)
//! ```

use std::{
	fmt,
	fs::{File, OpenOptions},
	io::{Read, Write},
	path::Path,
	time::{SystemTime, UNIX_EPOCH},
};

use base64::{engine::general_purpose::STANDARD, Engine};
use crypto_secretbox::{
	aead::{Aead, KeyInit},
	Key, Nonce, XSalsa20Poly1305,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{signer::SECRET_SIZE, Account, KeyError, Signer};

/// New files take 64 MiB and about a third of a second a guess; polkadot.js allows exactly these
/// combinations of `log2 N`, `p` and `r`.
const NEW: (u8, u32, u32) = (16, 2, 8);
const ALLOWED: [(u8, u32, u32); 6] = [
	(13, 10, 8),
	(14, 5, 8),
	(15, 3, 8),
	(15, 1, 8),
	(16, 2, 8),
	(17, 1, 8),
];

const SALT_SIZE: usize = 32;
const NONCE_SIZE: usize = 24;
const HEAD: [u8; 16] = [48, 83, 2, 1, 1, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];
const DIVIDER: [u8; 5] = [161, 35, 3, 33, 0];
const PLAIN_SIZE: usize = HEAD.len() + SECRET_SIZE + DIVIDER.len() + 32;

/// No keystore file is larger; other files are refused before they are read.
const MAX_FILE: u64 = 64 * 1024;
const MAX_PASSWORD: u64 = 4096;

/// A password. Erased from memory when dropped, and never shown.
pub struct Password(Zeroizing<String>);

impl fmt::Debug for Password {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Password(..)")
	}
}

impl From<String> for Password {
	fn from(text: String) -> Self {
		Self(Zeroizing::new(text))
	}
}

impl Password {
	/// The first line of a file, without its line end.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let mut text = Zeroizing::new(String::with_capacity(MAX_PASSWORD as usize));
		File::open(path)
			.and_then(|file| file.take(MAX_PASSWORD).read_to_string(&mut text))
			.map_err(|source| KeyError::PasswordFile {
				path: path.to_owned(),
				source,
			})?;
		let line = text.lines().next().unwrap_or_default();
		if line.is_empty() {
			return Err(KeyError::EmptyPassword);
		}
		Ok(Self(Zeroizing::new(line.to_owned())))
	}

	/// Whether two passwords are the same, as when one is asked for twice.
	pub fn equals(&self, other: &Self) -> bool {
		*self.0 == *other.0
	}

	pub(crate) fn expose(&self) -> &str {
		&self.0
	}

	/// Whether there is nothing.
	pub fn is_empty(&self) -> bool {
		self.0.is_empty()
	}
}

#[derive(Serialize, Deserialize)]
struct Encoding {
	content: Vec<String>,
	r#type: Vec<String>,
	version: String,
}

#[derive(Serialize, Deserialize)]
struct KeystoreFile {
	encoded: String,
	encoding: Encoding,
	address: Account,
	#[serde(default)]
	meta: Meta,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Meta {
	genesis_hash: String,
	name: String,
	when_created: u64,
}

/// What a keystore file tells without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeystoreInfo {
	/// The account.
	pub account: Account,
	/// What its owner calls it.
	pub name: String,
}

/// Encrypts an account's secret. The result opens in polkadot.js, too.
pub fn encrypt(signer: &Signer, name: &str, password: &Password) -> Result<String, KeyError> {
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

	let created = SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.unwrap_or_default();
	let file = KeystoreFile {
		encoded: STANDARD.encode(encoded),
		encoding: Encoding {
			content: vec!["pkcs8".into(), "sr25519".into()],
			r#type: vec!["scrypt".into(), "xsalsa20-poly1305".into()],
			version: "3".into(),
		},
		address: signer.own_account(),
		meta: Meta {
			name: name.into(),
			when_created: created.as_millis() as u64,
			..Meta::default()
		},
	};
	serde_json::to_string_pretty(&file).map_err(|_| KeyError::Damaged)
}

/// Decrypts what [`encrypt`] or polkadot.js wrote.
pub fn decrypt(json: &str, password: &Password) -> Result<Signer, KeyError> {
	let file = parse(json)?;
	let has = |list: &[String], what: &str| list.iter().any(|item| item == what);
	if file.encoding.version != "3"
		|| !has(&file.encoding.content, "pkcs8")
		|| !has(&file.encoding.content, "sr25519")
		|| !has(&file.encoding.r#type, "scrypt")
		|| !has(&file.encoding.r#type, "xsalsa20-poly1305")
	{
		return Err(KeyError::UnknownEncoding);
	}
	let encoded = STANDARD
		.decode(&file.encoded)
		.map_err(|_| KeyError::Damaged)?;
	let (salt, rest) = encoded
		.split_at_checked(SALT_SIZE)
		.ok_or(KeyError::Damaged)?;
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
	// Others could be chosen so as to eat all memory.
	let cost = ALLOWED
		.into_iter()
		.find(|(log_n, allowed_p, allowed_r)| (1 << log_n, *allowed_p, *allowed_r) == (n, p, r))
		.ok_or(KeyError::UnknownEncoding)?;

	let plain = stretch(password, salt, cost)?
		.decrypt(Nonce::from_slice(nonce), sealed)
		.map(Zeroizing::new)
		.map_err(|_| KeyError::WrongPassword)?;
	let rest = plain.strip_prefix(&HEAD).ok_or(KeyError::Damaged)?;
	let (secret, rest) = rest
		.split_first_chunk::<SECRET_SIZE>()
		.ok_or(KeyError::Damaged)?;
	let public = rest.strip_prefix(&DIVIDER).ok_or(KeyError::Damaged)?;
	let signer = Signer::from_secret(secret)?;
	if signer.own_account().0 != *public || signer.own_account() != file.address {
		return Err(KeyError::Damaged);
	}
	Ok(signer)
}

/// Writes a new keystore file, readable by its owner alone. An existing file is never replaced.
pub fn write(path: &Path, json: &str) -> Result<(), KeyError> {
	let failed = |source| KeyError::WriteFile {
		path: path.to_owned(),
		source,
	};
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let mut file = options.open(path).map_err(failed)?;
	file.write_all(json.as_bytes())
		.and_then(|()| file.write_all(b"\n"))
		.and_then(|()| file.sync_all())
		.map_err(failed)
}

/// Reads a keystore file's text.
pub fn read(path: &Path) -> Result<String, KeyError> {
	let failed = |source| KeyError::ReadFile {
		path: path.to_owned(),
		source,
	};
	let mut file = File::open(path).map_err(failed)?;
	if file.metadata().map_err(failed)?.len() > MAX_FILE {
		return Err(KeyError::NotAKeystore);
	}
	let mut json = String::new();
	file.read_to_string(&mut json).map_err(failed)?;
	Ok(json)
}

/// Tells what a keystore file tells without its password.
pub fn info(json: &str) -> Result<KeystoreInfo, KeyError> {
	let file = parse(json)?;
	Ok(KeystoreInfo {
		account: file.address,
		name: file.meta.name,
	})
}

fn parse(json: &str) -> Result<KeystoreFile, KeyError> {
	// The cause could quote the file, so it is dropped.
	serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)
}

fn stretch(
	password: &Password,
	salt: &[u8],
	(log_n, p, r): (u8, u32, u32),
) -> Result<XSalsa20Poly1305, KeyError> {
	let params = scrypt::Params::new(log_n, r, p, 32).map_err(|_| KeyError::UnknownEncoding)?;
	let mut key = Zeroizing::new([0; 32]);
	scrypt::scrypt(password.0.as_bytes(), salt, &params, &mut *key)
		.map_err(|_| KeyError::UnknownEncoding)?;
	Ok(XSalsa20Poly1305::new(Key::from_slice(&*key)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt_signer::polkadot_js_compat::decrypt_json;

	/// As polkadot.js exported it (from subxt-signer's own tests); password `whoisbob`.
	const BOB: &str = r#"{
		"encoded": "J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIAAQAAAAgAAAB5o0DwXCWDblsH+9pc++RaBO4fpHBHzUirHFHFE9yS3sDzgAIQjhgvPqJ3ODrMR2gy7vk0VZg1fyirIvmsrfjGbWnOI8YU0joX0tYytroyWaykFKtZJMmE0pNKcJ5dJmDxscbK53Ac+7ld2UdH07yKPXxmPuYNNw3vKx8cg9CdQgifKfzQxHnC+EUpOoHPLwGlHsFEYtIlQtngqd9n",
		"encoding": { "content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3" },
		"address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
		"meta": { "genesisHash": "", "name": "Bob (Dev)", "whenCreated": 1768916488918 }
	}"#;

	fn password(text: &str) -> Password {
		text.to_owned().into()
	}

	#[test]
	fn a_file_of_ours_opens_here_and_in_subxt_signer() {
		let signer = Signer::generate().unwrap();
		let json = encrypt(&signer, "Ward 7", &password("correct horse")).unwrap();
		assert_eq!(
			decrypt(&json, &password("correct horse"))
				.unwrap()
				.account(),
			signer.own_account()
		);
		let theirs = decrypt_json(&json, "correct horse").unwrap();
		assert_eq!(theirs.public_key().0, signer.own_account().0);
		let expected = KeystoreInfo {
			account: signer.own_account(),
			name: "Ward 7".into(),
		};
		assert_eq!(info(&json).unwrap(), expected);
	}

	#[test]
	fn a_file_of_polkadot_js_opens() {
		let signer = decrypt(BOB, &password("whoisbob")).unwrap();
		let expected = "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8";
		assert_eq!(signer.own_account().to_string(), expected);
		assert_eq!(info(BOB).unwrap().name, "Bob (Dev)");
	}

	#[test]
	fn a_wrong_password_is_told_apart_from_a_damaged_file() {
		assert!(matches!(
			decrypt(BOB, &password("whoisalice")),
			Err(KeyError::WrongPassword)
		));
		let other_address = BOB.replace(
			"5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		);
		assert!(matches!(
			decrypt(&other_address, &password("whoisbob")),
			Err(KeyError::Damaged)
		));
		let costly = BOB.replace(
			"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIA",
			"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIB",
		);
		assert!(matches!(
			decrypt(&costly, &password("whoisbob")),
			Err(KeyError::UnknownEncoding)
		));
		for json in ["", "{}", "hello", "[1]"] {
			assert!(matches!(
				decrypt(json, &password("x")),
				Err(KeyError::NotAKeystore)
			));
		}
		assert!(matches!(
			encrypt(&Signer::generate().unwrap(), "", &password("")),
			Err(KeyError::EmptyPassword)
		));
	}

	#[cfg(unix)]
	#[test]
	fn a_file_is_readable_by_its_owner_alone_and_never_replaced() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key.json");
		write(&path, BOB).unwrap();
		assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
		assert!(matches!(
			write(&path, "other"),
			Err(KeyError::WriteFile { .. })
		));
		assert_eq!(read(&path).unwrap().trim(), BOB);
	}

	#[test]
	fn a_password_file_gives_its_first_line() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("password");
		std::fs::write(&path, "whoisbob\r\nsecond line\n").unwrap();
		assert!(Password::from_file(&path)
			.unwrap()
			.equals(&password("whoisbob")));
		std::fs::write(&path, "\nsecond").unwrap();
		assert!(matches!(
			Password::from_file(&path),
			Err(KeyError::EmptyPassword)
		));
		assert_eq!(format!("{:?}", password("whoisbob")), "Password(..)");
	}
}
