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
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::{files::output::replace_private, keys::signer::SECRET_SIZE, Account, KeyError, Signer};

/// New files take 64 MiB and about a third of a second a guess; polkadot.js allows exactly these
/// combinations of `log2 N`, `p` and `r`.
const NEW: (u8, u32, u32) = (16, 2, 8);
const ALLOWED: [(u8, u32, u32); 6] =
	[(13, 10, 8), (14, 5, 8), (15, 3, 8), (15, 1, 8), (16, 2, 8), (17, 1, 8)];

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
	/// The first line of a file, without its line end and byte order mark. With such a mark, it may be in UTF-16.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let failed = |source| KeyError::PasswordFile { path: path.to_owned(), source };
		let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD as usize));
		File::open(path)
			.and_then(|file| file.take(MAX_PASSWORD).read_to_end(&mut bytes))
			.map_err(failed)?;
		let text = text(&bytes).ok_or_else(|| failed(std::io::ErrorKind::InvalidData.into()))?;
		let line = text.lines().next().unwrap_or_default();
		if line.is_empty() {
			return Err(KeyError::EmptyPassword);
		}
		Ok(Self(Zeroizing::new(line.to_owned())))
	}

	/// How many characters it has.
	pub fn length(&self) -> usize {
		self.0.chars().count()
	}

	/// The whole of a file, line ends too: as a node takes the file that `--password-filename` names.
	pub fn from_whole_file(path: &Path) -> Result<Self, KeyError> {
		let failed = |source| KeyError::PasswordFile { path: path.to_owned(), source };
		let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_PASSWORD as usize + 1));
		File::open(path)
			.and_then(|file| file.take(MAX_PASSWORD + 1).read_to_end(&mut bytes))
			.map_err(failed)?;
		// A part of it would be another password.
		if bytes.len() as u64 > MAX_PASSWORD {
			return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
		}
		let text = std::str::from_utf8(&bytes)
			.map_err(|_| failed(std::io::ErrorKind::InvalidData.into()))?;
		Ok(Self(Zeroizing::new(text.to_owned())))
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

/// The text of a file, without its byte order mark: UTF-8, or after the mark of UTF-16 that.
fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
	let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
		let (units, rest) = bytes.as_chunks::<2>();
		let units = Zeroizing::new(units.iter().copied().map(unit).collect::<Vec<_>>());
		let whole = rest.is_empty();
		whole.then(|| String::from_utf16(&units).ok()).flatten()
	};
	let text = match bytes {
		[0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes)?,
		[0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes)?,
		bytes => {
			let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
			std::str::from_utf8(bytes).ok()?.to_owned()
		}
	};
	Some(Zeroizing::new(text))
}

#[derive(Serialize, Deserialize)]
struct Encoding {
	content: Words,
	r#type: Words,
	version: String,
}

impl Encoding {
	/// That of new files.
	fn ours() -> Self {
		Self {
			content: ["pkcs8", "sr25519"].into(),
			r#type: ["scrypt", "xsalsa20-poly1305"].into(),
			version: "3".into(),
		}
	}
}

/// A list of words; old exports of polkadot.js have one alone.
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

/// What every export of polkadot.js has.
#[derive(Deserialize)]
struct Export {
	encoding: Encoding,
}

impl Export {
	/// Makes sure that it is one encrypted sr25519 account.
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

/// Encrypts the secret of a keystore file under another password. Everything else in the file stays as it is.
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
		// It may be the secret itself.
		drop(Zeroizing::new(encoded));
	}
	let changed = serde_json::to_string_pretty(&file).map_err(|_| KeyError::Damaged)?;
	// This may replace the only copy.
	match decrypt(&changed, new)?.own_account() == signer.own_account() {
		true => Ok(changed),
		false => Err(KeyError::Damaged),
	}
}

/// Whether a keystore file is encrypted. Those of [`encrypt`] are; polkadot.js also exports others.
pub fn is_encrypted(json: &str) -> Result<bool, KeyError> {
	match parse(json) {
		Ok(_) => Ok(true),
		Err(KeyError::Unencrypted) => Ok(false),
		Err(error) => Err(error),
	}
}

/// The secret of a file that is not encrypted.
fn unencrypted(json: &str) -> Result<Signer, KeyError> {
	let file: KeystoreFile = serde_json::from_str(json).map_err(|_| KeyError::NotAKeystore)?;
	let encoded = Zeroizing::new(file.encoded);
	if !file.encoding.r#type.has("none") {
		return Err(KeyError::UnknownEncoding);
	}
	let plain = STANDARD.decode(&*encoded).map(Zeroizing::new);
	signer_of(&plain.map_err(|_| KeyError::Damaged)?, &file.address)
}

/// The encrypted secret, as the file has it.
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

/// Decrypts what [`encrypt`] or polkadot.js wrote.
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
	// Others could be chosen so as to eat all memory.
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

/// The account of a secret in the form that keystore files have.
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

/// Writes a new keystore file, readable by its owner alone. An existing file is never replaced.
pub fn write(path: &Path, json: &str) -> Result<(), KeyError> {
	let failed = |source| KeyError::WriteFile { path: path.to_owned(), source };
	let mut options = OpenOptions::new();
	options.write(true).create_new(true);
	#[cfg(unix)]
	std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
	let mut file = options.open(path).map_err(|source| match source.kind() {
		std::io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
		_ => failed(source),
	})?;
	file.write_all(json.as_bytes())
		.and_then(|()| file.write_all(b"\n"))
		.and_then(|()| file.sync_all())
		.map_err(failed)
}

/// Atomically replaces a keystore file with what [`change_password`] made of it, readable by its owner alone.
pub fn replace(path: &Path, json: &str) -> Result<(), KeyError> {
	let content = format!("{json}\n");
	replace_private(path, content.as_bytes())
		.map_err(|source| KeyError::ReplaceFile { path: path.to_owned(), source })
}

/// Reads a keystore file's text, which is the secret itself where the file is not encrypted.
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

/// Tells what a keystore file tells without its password.
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
			decrypt(&json, &password("correct horse")).unwrap().account(),
			signer.own_account()
		);
		let theirs = decrypt_json(&json, "correct horse").unwrap();
		assert_eq!(theirs.public_key().0, signer.own_account().0);
		let expected = KeystoreInfo { account: signer.own_account(), name: "Ward 7".into() };
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
		assert!(matches!(decrypt(BOB, &password("whoisalice")), Err(KeyError::WrongPassword)));
		let other_address = BOB.replace(
			"5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		);
		assert!(matches!(decrypt(&other_address, &password("whoisbob")), Err(KeyError::Damaged)));
		let costly = BOB.replace(
			"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIA",
			"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIB",
		);
		assert!(matches!(decrypt(&costly, &password("whoisbob")), Err(KeyError::UnknownEncoding)));
		for json in ["", "{}", "hello", "[1]"] {
			assert!(matches!(decrypt(json, &password("x")), Err(KeyError::NotAKeystore)));
		}
		assert!(matches!(
			encrypt(&Signer::generate().unwrap(), "", &password("")),
			Err(KeyError::EmptyPassword)
		));
	}

	/// The forms are those of polkadot.js 13 (`createFromUri`, `toJson`, `backupAccounts`).
	#[test]
	fn a_password_changes_and_everything_else_stays() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("bob.json");
		std::fs::write(&path, BOB).unwrap();
		let (old, new) = (password("whoisbob"), password("correct horse"));
		assert!(is_encrypted(BOB).unwrap());
		let changed = change_password(BOB, Some(&old), &new).unwrap();
		replace(&path, &changed).unwrap();

		let read = read(&path).unwrap();
		assert_eq!(info(&read).unwrap(), info(BOB).unwrap());
		let file: Value = serde_json::from_str(&read).unwrap();
		assert_eq!(file["meta"]["whenCreated"], 1_768_916_488_918_u64);
		assert!(decrypt(&read, &new).is_ok());
		assert!(decrypt_json(&read, "correct horse").is_ok());
		assert!(matches!(decrypt(&read, &old), Err(KeyError::WrongPassword)));
		// One file, and its owner's alone.
		assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = std::fs::metadata(&path).unwrap().permissions().mode();
			assert_eq!(mode & 0o777, 0o600);
		}

		let wrong = change_password(BOB, Some(&new), &old);
		assert!(matches!(wrong, Err(KeyError::WrongPassword)));
		let none = change_password(BOB, Some(&old), &password(""));
		assert!(matches!(none, Err(KeyError::EmptyPassword)));
		// An encrypted file does not pass for an open one.
		assert!(change_password(BOB, None, &new).is_err());
	}

	#[test]
	fn a_file_that_lies_open_gets_a_password() {
		let signer = Signer::generate().unwrap();
		let mut plain = HEAD.to_vec();
		plain.extend_from_slice(&*signer.secret());
		plain.extend_from_slice(&DIVIDER);
		plain.extend_from_slice(&signer.own_account().0);
		let open = serde_json::json!({
			"encoded": STANDARD.encode(&plain),
			"encoding": { "content": ["pkcs8", "sr25519"], "type": ["none"], "version": "3" },
			"address": signer.own_account(),
			"meta": { "name": "Ward 7", "tags": ["x"] },
		})
		.to_string();
		assert!(!is_encrypted(&open).unwrap());
		let new = password("correct horse");
		let closed = change_password(&open, None, &new).unwrap();
		assert_eq!(decrypt(&closed, &new).unwrap().own_account(), signer.own_account());
		assert!(closed.contains("tags") && !closed.contains(&STANDARD.encode(&plain)));
	}

	#[cfg(unix)]
	#[test]
	fn a_link_stays_one_and_no_copy_keeps_the_old_password() {
		let folder = tempfile::tempdir().unwrap();
		let (file, link) = (folder.path().join("stick"), folder.path().join("bob.json"));
		std::fs::write(&file, BOB).unwrap();
		std::os::unix::fs::symlink(&file, &link).unwrap();
		replace(&link, "{}").unwrap();
		assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
		assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
	}

	#[test]
	fn other_exports_of_polkadot_js_are_named() {
		let export = |content: &str, kind: &str, rest: &str| {
			format!(
				r#"{{"encoded": "MFMCAQEwBQYDK2VwBCIEIA==", "encoding": {{"content": {content},
				"type": {kind}, "version": "3"}}, {rest}}}"#
			)
		};
		let locked = r#"["scrypt", "xsalsa20-poly1305"]"#;
		let bob = r#""address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8", "meta": {}"#;
		let short = r#""address": "0x8097c3c354652cb1eeed3e5b65fba2576470678a", "meta": {}"#;
		let long = r#""address": "0x02a3af9f5e6de6e6e6fa2d3c7ae1a3fd3b0a8ba4a5a7c9c0e5b3fd5d5e5c5b5a59", "meta": {}"#;
		let several = r#""accounts": [{"address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8", "meta": {}}]"#;
		for (json, says) in [
			(export(r#"["pkcs8", "sr25519"]"#, r#"["none"]"#, bob), "not encrypted"),
			(export(r#"["pkcs8", "sr25519"]"#, r#""none""#, bob), "not encrypted"),
			(export(r#"["batch-pkcs8"]"#, locked, several), "several accounts"),
			(export(r#"["pkcs8", "ed25519"]"#, locked, bob), "ed25519"),
			(export(r#"["pkcs8", "ecdsa"]"#, locked, long), "ecdsa"),
			(export(r#"["pkcs8", "ethereum"]"#, locked, short), "ethereum"),
			(export(r#"["pkcs9", "sr25519"]"#, locked, bob), "does not know"),
		] {
			// It is told before a password is asked for.
			let error = info(&json).unwrap_err().to_string();
			assert!(error.contains(says), "{says}: {error}");
			let error = decrypt(&json, &password("x")).unwrap_err().to_string();
			assert!(error.contains(says), "{says}: {error}");
		}
	}

	#[test]
	fn a_byte_order_mark_is_no_part_of_a_file() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("file");
		let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
			let mut file = mark.to_vec();
			file.extend("whoisbob\r\n".encode_utf16().flat_map(bytes));
			file
		};
		for file in [
			[&b"\xef\xbb\xbf"[..], b"whoisbob\r\n"].concat(),
			utf16([0xff, 0xfe], u16::to_le_bytes),
			utf16([0xfe, 0xff], u16::to_be_bytes),
		] {
			std::fs::write(&path, file).unwrap();
			let found = Password::from_file(&path).unwrap();
			assert!(found.equals(&password("whoisbob")));
		}
		for file in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"caf\xe9"] {
			std::fs::write(&path, file).unwrap();
			let error = Password::from_file(&path).unwrap_err();
			assert!(matches!(error, KeyError::PasswordFile { .. }), "{error}");
		}
		std::fs::write(&path, format!("\u{feff}{BOB}")).unwrap();
		assert_eq!(*read(&path).unwrap(), BOB);
	}

	#[cfg(unix)]
	#[test]
	fn a_file_is_readable_by_its_owner_alone_and_never_replaced() {
		use std::os::unix::fs::PermissionsExt;
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("key.json");
		write(&path, BOB).unwrap();
		assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
		assert!(matches!(write(&path, "other"), Err(KeyError::Exists { .. })));
		assert_eq!(read(&path).unwrap().trim(), BOB);
	}

	#[test]
	fn a_password_file_gives_its_first_line() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("password");
		std::fs::write(&path, "whoisbob\r\nsecond line\n").unwrap();
		assert!(Password::from_file(&path).unwrap().equals(&password("whoisbob")));
		std::fs::write(&path, "\nsecond").unwrap();
		assert!(matches!(Password::from_file(&path), Err(KeyError::EmptyPassword)));
		assert_eq!(format!("{:?}", password("whoisbob")), "Password(..)");
	}
}
