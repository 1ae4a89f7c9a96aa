//! The hospital's own identifiers of patients, such as medical record numbers.
//!
//! The chain has only accounts, and must not learn who they are. So this module keeps, in SQLite,
//! which identifier belongs to whom. Each entry is sealed with AES-256-GCM, and is found by an
//! HMAC-SHA256 of the identifier or the account, under keys that are derived from a secret of 32
//! bytes. That secret is not in the state folder: somebody who copies the folder learns only how
//! many identifiers there are.

use std::{
	path::Path,
	sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::{
	aead::{Aad, Nonce, RandomizedNonceKey, AES_256_GCM, NONCE_LEN},
	hkdf, hmac,
};
use rusqlite::{params, Connection, ErrorCode, OptionalExtension};
use salus_client::Account;
use zeroize::Zeroizing;

use crate::database;

/// Length of the secret, in bytes.
const SECRET: usize = 32;

/// Length of a version, in hexadecimal digits.
const VERSION: usize = 32;

/// Content of the entry by which a wrong secret is noticed.
const CHECK: &[u8] = b"salus/gateway/identifiers";

/// An identifier that another system gave.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identifier {
	pub(crate) system: String,
	pub(crate) value: String,
}

/// Shows nothing, because it names a person.
impl std::fmt::Debug for Identifier {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("Identifier(..)")
	}
}

/// Why identifiers cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentifierError {
	/// The secret is not one.
	#[error("the secret for identifiers must be 64 hexadecimal digits (`openssl rand -hex 32`)")]
	Secret,
	/// The identifiers were kept under another secret.
	#[error("the identifiers are sealed under another secret; give that one, or reseal them")]
	OtherSecret,
	/// The patient's identifiers have another version by now.
	#[error("the patient's identifiers have changed meanwhile; read the patient again")]
	OtherVersion,
	/// An identifier belongs to another patient.
	#[error("another patient has this identifier; remove it from that patient first")]
	Taken,
	/// Another process has the file open.
	#[error("the identifiers are in use; stop the server and imports first")]
	InUse,
	/// The file cannot be used.
	#[error("cannot use the file of identifiers; check the state folder")]
	File(#[source] rusqlite::Error),
	/// An entry is damaged, or the system gives no randomness.
	#[error("an entry of the identifiers cannot be opened or sealed; restore the file")]
	Entry,
}

impl From<rusqlite::Error> for IdentifierError {
	fn from(error: rusqlite::Error) -> Self {
		match error.sqlite_error_code() {
			Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
			_ => Self::File(error),
		}
	}
}

/// The identifiers.
#[derive(Clone)]
pub(crate) struct Identifiers(Arc<Kept>);

struct Kept {
	connection: Mutex<Connection>,
	keys: Keys,
}

/// The keys that are derived from a secret.
struct Keys {
	sealing: RandomizedNonceKey,
	finding: hmac::Key,
}

/// Tables that exist from the first start.
const TABLES: &str = "CREATE TABLE IF NOT EXISTS identifiers (
		identifier BLOB NOT NULL PRIMARY KEY, account BLOB NOT NULL, sealed BLOB NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE INDEX IF NOT EXISTS identifiers_account ON identifiers (account);
	CREATE TABLE IF NOT EXISTS secret (sealed BLOB NOT NULL) STRICT;";

/// Length of a derived key.
struct Length;

impl hkdf::KeyType for Length {
	fn len(&self) -> usize {
		SECRET
	}
}

impl Identifiers {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		let keys = Keys::derive(secret)?;
		let connection = database::open(path)?;
		connection.execute_batch(TABLES)?;
		if !keys.fit(&connection)? {
			return Err(IdentifierError::OtherSecret);
		}
		Ok(Self(Arc::new(Kept { connection: Mutex::new(connection), keys })))
	}

	/// Seals the identifiers under another secret, all or none, and returns their number; `None` if
	/// they are sealed under it already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		let (old, new) = (Keys::derive(old)?, Keys::derive(new)?);
		// A server that has the file open would find nothing under the old keys.
		let mut connection = database::open_alone(path)?;
		connection.execute_batch(TABLES)?;
		let changes = connection.transaction()?;
		if !old.fit(&changes)? {
			return match new.fit(&changes)? {
				true => Ok(None),
				false => Err(IdentifierError::OtherSecret),
			};
		}
		let count = reseal_rows(&changes, &old, &new)?;
		changes.commit()?;
		// Nothing that the old secret opens stays in the file, nor in its log.
		connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
		Ok(Some(count))
	}

	/// Returns the patient with an identifier.
	pub(crate) async fn account_of(
		&self,
		identifier: &Identifier,
	) -> Result<Option<Account>, IdentifierError> {
		let identifier = identifier.clone();
		self.blocking(move |kept| {
			let mac = kept.keys.mac_of(&identifier);
			let connection = kept.lock();
			let mut found =
				connection.prepare("SELECT sealed FROM identifiers WHERE identifier = ?1")?;
			let sealed: Option<Vec<u8>> =
				found.query_row(params![mac], |row| row.get(0)).optional()?;
			sealed.map(|sealed| Ok(kept.keys.opened(&mac, &sealed)?.0)).transpose()
		})
		.await
	}

	/// Returns a patient's identifiers, and the version of all of them together.
	pub(crate) async fn of(
		&self,
		account: &Account,
	) -> Result<(Vec<Identifier>, String), IdentifierError> {
		let account = *account;
		self.blocking(move |kept| kept.of(&kept.lock(), &account)).await
	}

	/// Gives a patient these identifiers instead of those that they had: all or none. `expected` is
	/// an entity tag or `*`; with another version, nothing changes.
	pub(crate) async fn replace(
		&self,
		account: &Account,
		identifiers: Vec<Identifier>,
		expected: Option<&str>,
	) -> Result<(), IdentifierError> {
		let account = *account;
		let expected = expected.map(|tag| tag.trim().to_owned()).filter(|tag| tag != "*");
		self.blocking(move |kept| {
			let mut connection = kept.lock();
			let changes = connection.transaction()?;
			if let Some(expected) = expected {
				let (_, version) = kept.of(&changes, &account)?;
				if expected != format!("W/\"{version}\"") {
					return Err(IdentifierError::OtherVersion);
				}
			}
			let owner = kept.keys.mac_of_account(&account);
			changes.execute("DELETE FROM identifiers WHERE account = ?1", params![owner])?;
			for identifier in &identifiers {
				let mac = kept.keys.mac_of(identifier);
				let sealed = kept.keys.sealed(&mac, &account, identifier)?;
				let added = changes.execute(
					"INSERT OR IGNORE INTO identifiers (identifier, account, sealed)
					 VALUES (?1, ?2, ?3)",
					params![mac, owner, sealed],
				)?;
				if added == 0 {
					return Err(IdentifierError::Taken);
				}
			}
			changes.commit()?;
			Ok(database::wipe(&connection)?)
		})
		.await
	}

	async fn blocking<T: Send + 'static>(
		&self,
		act: impl FnOnce(&Kept) -> Result<T, IdentifierError> + Send + 'static,
	) -> Result<T, IdentifierError> {
		let kept = self.0.clone();
		let acting = tokio::task::spawn_blocking(move || act(&kept));
		acting.await.map_err(|_| IdentifierError::Entry)?
	}
}

impl Kept {
	fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
		self.connection.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// Returns a patient's identifiers, and the version of all of them together.
	fn of(
		&self,
		connection: &Connection,
		account: &Account,
	) -> Result<(Vec<Identifier>, String), IdentifierError> {
		let mut found =
			connection.prepare("SELECT identifier, sealed FROM identifiers WHERE account = ?1")?;
		let rows = found.query_map(params![self.keys.mac_of_account(account)], |row| {
			Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
		})?;
		let owner = account.to_string();
		let mut all = Vec::new();
		for row in rows {
			let (mac, sealed) = row?;
			all.push(self.keys.opened(&mac, &sealed)?.1);
		}
		all.sort_by(|one, other| (&one.system, &one.value).cmp(&(&other.system, &other.value)));
		let texts = all.iter().flat_map(|one| [one.system.as_str(), one.value.as_str()]);
		let texts: Vec<_> = std::iter::once(owner.as_str()).chain(texts).collect();
		let mut version = hex::encode(self.keys.mac(b"version", &texts));
		version.truncate(VERSION);
		Ok((all, version))
	}
}

/// Seals each entry under other keys.
fn reseal_rows(connection: &Connection, old: &Keys, new: &Keys) -> Result<u64, IdentifierError> {
	connection.execute_batch(
		"ALTER TABLE identifiers RENAME TO before;
		 DROP INDEX identifiers_account;
		 DELETE FROM secret;",
	)?;
	connection.execute_batch(TABLES)?;
	let mut found = connection.prepare("SELECT identifier, sealed FROM before")?;
	let mut add = connection
		.prepare("INSERT INTO identifiers (identifier, account, sealed) VALUES (?1, ?2, ?3)")?;
	let mut rows = found.query([])?;
	let mut count: u64 = 0;
	while let Some(row) = rows.next()? {
		let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
		let (account, identifier) = old.opened(&mac, &sealed)?;
		let mac = new.mac_of(&identifier);
		let sealed = new.sealed(&mac, &account, &identifier)?;
		add.execute(params![mac, new.mac_of_account(&account), sealed])?;
		count = count.saturating_add(1);
	}
	drop(rows);
	drop((found, add));
	connection.execute_batch("DROP TABLE before")?;
	new.fit(connection)?;
	Ok(count)
}

impl Keys {
	/// Derives the keys from a secret in hexadecimal.
	fn derive(secret: &str) -> Result<Self, IdentifierError> {
		let mut bytes = Zeroizing::new([0; SECRET]);
		hex::decode_to_slice(secret.trim(), &mut *bytes).map_err(|_| IdentifierError::Secret)?;
		let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, CHECK).extract(&*bytes);
		let derived = |purpose: &[u8]| {
			let mut key = Zeroizing::new([0; SECRET]);
			let info = [purpose];
			let filled = secret.expand(&info, Length).and_then(|expanded| expanded.fill(&mut *key));
			filled.map(|()| key).map_err(|_| IdentifierError::Secret)
		};
		let sealing = RandomizedNonceKey::new(&AES_256_GCM, &*derived(b"sealing")?)
			.map_err(|_| IdentifierError::Secret)?;
		let finding = hmac::Key::new(hmac::HMAC_SHA256, &*derived(b"finding")?);
		Ok(Self { sealing, finding })
	}

	/// Returns whether the file was made under these keys. A new file is from now on.
	fn fit(&self, connection: &Connection) -> Result<bool, IdentifierError> {
		let found: Option<Vec<u8>> =
			connection.query_row("SELECT sealed FROM secret", [], |row| row.get(0)).optional()?;
		if let Some(sealed) = found {
			return Ok(self.open(CHECK, &sealed).is_ok_and(|opened| opened == CHECK));
		}
		let sealed = self.seal(CHECK, CHECK.to_vec())?;
		connection.execute("INSERT INTO secret (sealed) VALUES (?1)", params![sealed])?;
		Ok(true)
	}

	fn mac_of(&self, identifier: &Identifier) -> Vec<u8> {
		self.mac(b"identifier", &[&identifier.system, &identifier.value])
	}

	fn mac_of_account(&self, account: &Account) -> Vec<u8> {
		self.mac(b"account", &[&account.to_string()])
	}

	/// Computes the HMAC of texts, each behind its length.
	fn mac(&self, purpose: &[u8], texts: &[&str]) -> Vec<u8> {
		let mut context = hmac::Context::with_key(&self.finding);
		context.update(purpose);
		for text in texts {
			context.update(&(text.len() as u64).to_be_bytes());
			context.update(text.as_bytes());
		}
		context.sign().as_ref().to_vec()
	}

	fn sealed(
		&self,
		mac: &[u8],
		account: &Account,
		identifier: &Identifier,
	) -> Result<Vec<u8>, IdentifierError> {
		let Identifier { system, value } = identifier;
		let text = serde_json::to_vec(&[&account.to_string(), system, value]);
		self.seal(mac, text.map_err(|_| IdentifierError::Entry)?)
	}

	fn opened(&self, mac: &[u8], sealed: &[u8]) -> Result<(Account, Identifier), IdentifierError> {
		let text = Zeroizing::new(self.open(mac, sealed)?);
		let [account, system, value]: [String; 3] =
			serde_json::from_slice(&text).map_err(|_| IdentifierError::Entry)?;
		let account = salus_client::parse_account(&account).map_err(|_| IdentifierError::Entry)?;
		Ok((account, Identifier { system, value }))
	}

	/// Seals bytes, bound to their place, behind the nonce.
	fn seal(&self, place: &[u8], mut bytes: Vec<u8>) -> Result<Vec<u8>, IdentifierError> {
		let nonce = self
			.sealing
			.seal_in_place_append_tag(Aad::from(place), &mut bytes)
			.map_err(|_| IdentifierError::Entry)?;
		let mut sealed = nonce.as_ref().to_vec();
		sealed.append(&mut bytes);
		Ok(sealed)
	}

	fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, IdentifierError> {
		let (nonce, sealed) =
			sealed.split_first_chunk::<NONCE_LEN>().ok_or(IdentifierError::Entry)?;
		let mut bytes = sealed.to_vec();
		let opened = self
			.sealing
			.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut bytes)
			.map_err(|_| IdentifierError::Entry)?
			.len();
		bytes.truncate(opened);
		Ok(bytes)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn account(uri: &str) -> Account {
		salus_client::parse_account(uri).unwrap()
	}

	fn mrn(value: &str) -> Identifier {
		Identifier { system: "urn:oid:1.2.3".into(), value: value.into() }
	}

	fn secret(byte: u8) -> String {
		hex::encode([byte; 32])
	}

	#[tokio::test]
	async fn identifiers_lead_to_their_patient_and_back() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("identifiers.sqlite");
		let (alice, bob) = (account("//Alice"), account("//Bob"));
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		let replace = async |of: &Account, all| kept.replace(of, all, None).await;
		replace(&alice, vec![mrn("2"), mrn("1")]).await.unwrap();
		replace(&bob, vec![mrn("3")]).await.unwrap();
		assert_eq!(kept.account_of(&mrn("2")).await.unwrap(), Some(alice));
		assert_eq!(kept.account_of(&mrn("4")).await.unwrap(), None);
		let other = Identifier { system: "urn:oid:1.2.32".into(), value: String::new() };
		assert_eq!(kept.account_of(&other).await.unwrap(), None);
		assert_eq!(kept.of(&alice).await.unwrap().0, [mrn("1"), mrn("2")]);

		// One that is taken changes nothing.
		let taken = replace(&bob, vec![mrn("5"), mrn("1")]).await;
		assert!(matches!(taken, Err(IdentifierError::Taken)));
		assert_eq!(kept.of(&bob).await.unwrap().0, [mrn("3")]);
		replace(&alice, vec![mrn("2")]).await.unwrap();
		replace(&bob, vec![mrn("1")]).await.unwrap();
		drop(kept);
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		assert_eq!(kept.account_of(&mrn("1")).await.unwrap(), Some(bob));
	}

	#[tokio::test]
	async fn an_update_of_another_version_changes_nothing() {
		let folder = tempfile::tempdir().unwrap();
		let kept = Identifiers::open(&folder.path().join("kept.sqlite"), &secret(1)).unwrap();
		let alice = account("//Alice");
		let version = async || kept.of(&alice).await.unwrap().1;
		let tag = |version: &str| format!("W/\"{version}\"");
		let first = version().await;
		assert_ne!(kept.of(&account("//Bob")).await.unwrap().1, first);
		kept.replace(&alice, vec![mrn("1")], Some(&tag(&first))).await.unwrap();
		let second = version().await;
		assert_ne!(second, first);
		for stale in [tag(&first), String::new(), second.clone()] {
			let refused = kept.replace(&alice, vec![mrn("2")], Some(&stale)).await;
			assert!(matches!(refused, Err(IdentifierError::OtherVersion)), "{stale}");
		}
		assert_eq!(kept.of(&alice).await.unwrap().0, [mrn("1")]);
		kept.replace(&alice, vec![mrn("2")], Some("*")).await.unwrap();
		kept.replace(&alice, vec![mrn("1")], None).await.unwrap();
		// The same identifiers are the same version.
		assert_eq!(version().await, second);
	}

	#[tokio::test]
	async fn the_file_names_nobody_and_opens_with_its_secret_alone() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("identifiers.sqlite");
		let alice = account("//Alice");
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		let named = Identifier { system: "urn:hospital".into(), value: "MRN-0815".into() };
		kept.replace(&alice, vec![named.clone()], None).await.unwrap();
		drop(kept);
		for file in std::fs::read_dir(folder.path()).unwrap() {
			let bytes = std::fs::read(file.unwrap().path()).unwrap();
			let found = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
			assert!(!found(b"MRN-0815") && !found(b"urn:hospital"));
			assert!(!found(alice.to_string().as_bytes()) && !found(&alice.0));
		}
		assert!(!format!("{named:?}").contains("0815"));
		let other = Identifiers::open(&path, &secret(2));
		assert!(matches!(other, Err(IdentifierError::OtherSecret)));
		for bad in ["", "12", &"z".repeat(64)] {
			let refused = Identifiers::open(&path, bad);
			assert!(matches!(refused, Err(IdentifierError::Secret)));
		}
	}

	#[tokio::test]
	async fn identifiers_are_sealed_under_another_secret() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("identifiers.sqlite");
		let (alice, bob) = (account("//Alice"), account("//Bob"));
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		kept.replace(&alice, vec![mrn("1"), mrn("2")], None).await.unwrap();
		kept.replace(&bob, vec![mrn("3")], None).await.unwrap();
		let sealed = |kept: &Identifiers| {
			let read = "SELECT sealed FROM identifiers ORDER BY sealed LIMIT 1";
			kept.0.lock().query_row(read, [], |row| row.get::<_, Vec<u8>>(0)).unwrap()
		};
		let before = sealed(&kept);

		let reseal = |old: u8, new: u8| Identifiers::reseal(&path, &secret(old), &secret(new));
		assert!(matches!(reseal(1, 2), Err(IdentifierError::InUse)), "the server runs");
		drop(kept);
		assert!(matches!(reseal(3, 2), Err(IdentifierError::OtherSecret)));
		assert_eq!(reseal(1, 2).unwrap(), Some(3));
		assert_eq!(reseal(1, 2).unwrap(), None, "the command can be repeated");

		let other = Identifiers::open(&path, &secret(1));
		assert!(matches!(other, Err(IdentifierError::OtherSecret)));
		let kept = Identifiers::open(&path, &secret(2)).unwrap();
		assert_eq!(kept.account_of(&mrn("2")).await.unwrap(), Some(alice));
		assert_eq!(kept.of(&bob).await.unwrap().0, [mrn("3")]);
		kept.replace(&alice, vec![mrn("4")], None).await.unwrap();
		drop(kept);
		for file in std::fs::read_dir(folder.path()).unwrap() {
			let bytes = std::fs::read(file.unwrap().path()).unwrap();
			assert!(!bytes.windows(before.len()).any(|part| part == before));
		}
	}

	#[tokio::test]
	async fn a_damaged_entry_leaves_all_under_the_old_secret() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("identifiers.sqlite");
		let alice = account("//Alice");
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		kept.replace(&alice, vec![mrn("1"), mrn("2")], None).await.unwrap();
		let damage = "UPDATE identifiers SET sealed = x'00' WHERE identifier = ?1";
		let mac = kept.0.keys.mac_of(&mrn("2"));
		kept.0.lock().execute(damage, params![mac]).unwrap();
		drop(kept);
		let refused = Identifiers::reseal(&path, &secret(1), &secret(2));
		assert!(matches!(refused, Err(IdentifierError::Entry)));
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		assert_eq!(kept.account_of(&mrn("1")).await.unwrap(), Some(alice));
	}
}
