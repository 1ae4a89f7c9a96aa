//! The hospital's own identifiers of patients, such as medical record numbers.
//!
//! The chain has only accounts, and must not learn who they are. So this module keeps, in SQLite,
//! which identifier belongs to whom. Each entry is sealed with AES-256-GCM, and is found by an
//! HMAC-SHA256 of the identifier or the account, under keys that are derived from a secret of 32
//! bytes. That secret is not in the state folder: somebody who copies the folder learns only how
//! many identifiers there are.

use std::path::Path;

use rusqlite::{params, Connection, ErrorCode, OptionalExtension};
use salus_client::Account;
use salus_hl7::is_legible;
use zeroize::Zeroizing;

use crate::{
	database,
	sealed::{File, Form, Sealer},
};

/// Length of a version, in hexadecimal digits.
const VERSION: usize = 32;

/// An identifier that another system gave.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Identifier {
	pub(crate) system: String,
	pub(crate) value: String,
}

impl Identifier {
	/// Returns whether all of it can be seen, as HL7 v2 requires, so that no other one looks the
	/// same.
	pub(crate) fn is_legible(&self) -> bool {
		[&self.system, &self.value].into_iter().all(|part| is_legible(part))
	}
}

/// Shows nothing, because it names a person.
impl std::fmt::Debug for Identifier {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str("Identifier(..)")
	}
}

/// Reason why identifiers cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentifierError {
	/// The secret does not have 32 bytes in hexadecimal.
	#[error("the secret for identifiers must be 64 hexadecimal digits (`openssl rand -hex 32`)")]
	Secret,
	/// The identifiers were kept under another secret.
	#[error("the identifiers are sealed under another secret; give that one, or reseal them")]
	OtherSecret,
	/// The patient's identifiers have another version by now.
	#[error("the patient's identifiers have changed since you read them; read the patient again")]
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

/// Identifiers of patients, in a file.
#[derive(Clone)]
pub(crate) struct Identifiers(File);

const FORM: Form = Form {
	label: b"salus/gateway/identifiers",
	tables: "CREATE TABLE IF NOT EXISTS identifiers (
			identifier BLOB NOT NULL PRIMARY KEY, account BLOB NOT NULL, sealed BLOB NOT NULL
		) STRICT, WITHOUT ROWID;
		CREATE INDEX IF NOT EXISTS identifiers_account ON identifiers (account);",
};

impl Identifiers {
	/// Opens the file, or makes it. `secret` is in hexadecimal.
	pub(crate) fn open(path: &Path, secret: &str) -> Result<Self, IdentifierError> {
		File::open(path, &FORM, secret).map(Self)
	}

	/// Seals the identifiers under another secret, all or none, and returns their number; `None` if
	/// they are sealed under it already.
	pub(crate) fn reseal(
		path: &Path,
		old: &str,
		new: &str,
	) -> Result<Option<u64>, IdentifierError> {
		FORM.reseal(path, old, new, |changes, old, new| {
			changes.execute_batch(
				"ALTER TABLE identifiers RENAME TO before;
				 DROP INDEX identifiers_account;",
			)?;
			changes.execute_batch(FORM.tables)?;
			let count = reseal_rows(changes, old, new)?;
			changes.execute_batch("DROP TABLE before")?;
			Ok(count)
		})
	}

	/// Returns the patient with an identifier.
	pub(crate) async fn account_of(
		&self,
		identifier: &Identifier,
	) -> Result<Option<Account>, IdentifierError> {
		let identifier = identifier.clone();
		self.0
			.blocking(move |file| {
				let mac = mac_of(file.sealer(), &identifier);
				let connection = file.lock();
				let mut found =
					connection.prepare("SELECT sealed FROM identifiers WHERE identifier = ?1")?;
				let sealed: Option<Vec<u8>> =
					found.query_row(params![mac], |row| row.get(0)).optional()?;
				sealed.map(|sealed| Ok(opened(file.sealer(), &mac, &sealed)?.0)).transpose()
			})
			.await
	}

	/// Returns a patient's identifiers, and the version of all of them together.
	pub(crate) async fn of(
		&self,
		account: &Account,
	) -> Result<(Vec<Identifier>, String), IdentifierError> {
		let account = *account;
		self.0.blocking(move |file| all_of(file.sealer(), &file.lock(), &account)).await
	}

	/// Replaces a patient's identifiers by these: all or none. `expected` is an entity tag or `*`;
	/// with another version, nothing changes.
	pub(crate) async fn replace(
		&self,
		account: &Account,
		identifiers: Vec<Identifier>,
		expected: Option<&str>,
	) -> Result<(), IdentifierError> {
		let account = *account;
		let expected = expected.map(|tag| tag.trim().to_owned()).filter(|tag| tag != "*");
		self.0
			.blocking(move |file| {
				let sealer = file.sealer();
				let mut connection = file.lock();
				let changes = connection.transaction()?;
				if let Some(expected) = expected {
					let (_, version) = all_of(sealer, &changes, &account)?;
					if expected != format!("W/\"{version}\"") {
						return Err(IdentifierError::OtherVersion);
					}
				}
				let owner = mac_of_account(sealer, &account);
				changes.execute("DELETE FROM identifiers WHERE account = ?1", params![owner])?;
				for identifier in &identifiers {
					let mac = mac_of(sealer, identifier);
					let sealed = sealed_entry(sealer, &mac, &account, identifier)?;
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
}

/// Seals each entry under other keys.
fn reseal_rows(changes: &Connection, old: &Sealer, new: &Sealer) -> Result<u64, IdentifierError> {
	let mut found = changes.prepare("SELECT identifier, sealed FROM before")?;
	let mut add = changes
		.prepare("INSERT INTO identifiers (identifier, account, sealed) VALUES (?1, ?2, ?3)")?;
	let mut rows = found.query([])?;
	let mut count: u64 = 0;
	while let Some(row) = rows.next()? {
		let (mac, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
		let (account, identifier) = opened(old, &mac, &sealed)?;
		let mac = mac_of(new, &identifier);
		let sealed = sealed_entry(new, &mac, &account, &identifier)?;
		add.execute(params![mac, mac_of_account(new, &account), sealed])?;
		count = count.saturating_add(1);
	}
	Ok(count)
}

/// Returns a patient's identifiers, and the version of all of them together.
fn all_of(
	sealer: &Sealer,
	connection: &Connection,
	account: &Account,
) -> Result<(Vec<Identifier>, String), IdentifierError> {
	let mut found =
		connection.prepare("SELECT identifier, sealed FROM identifiers WHERE account = ?1")?;
	let rows = found.query_map(params![mac_of_account(sealer, account)], |row| {
		Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?))
	})?;
	let owner = account.to_string();
	let mut all = Vec::new();
	for row in rows {
		let (mac, sealed) = row?;
		all.push(opened(sealer, &mac, &sealed)?.1);
	}
	all.sort_by(|one, other| (&one.system, &one.value).cmp(&(&other.system, &other.value)));
	let texts = all.iter().flat_map(|one| [one.system.as_str(), one.value.as_str()]);
	let texts: Vec<_> = std::iter::once(owner.as_str()).chain(texts).collect();
	let mut version = hex::encode(sealer.mac(b"version", &texts));
	version.truncate(VERSION);
	Ok((all, version))
}

fn mac_of(sealer: &Sealer, identifier: &Identifier) -> Vec<u8> {
	sealer.mac(b"identifier", &[&identifier.system, &identifier.value])
}

fn mac_of_account(sealer: &Sealer, account: &Account) -> Vec<u8> {
	sealer.mac(b"account", &[&account.to_string()])
}

fn sealed_entry(
	sealer: &Sealer,
	mac: &[u8],
	account: &Account,
	identifier: &Identifier,
) -> Result<Vec<u8>, IdentifierError> {
	let Identifier { system, value } = identifier;
	let text = serde_json::to_vec(&[&account.to_string(), system, value]);
	sealer.seal(mac, text.map_err(|_| IdentifierError::Entry)?)
}

fn opened(
	sealer: &Sealer,
	mac: &[u8],
	sealed: &[u8],
) -> Result<(Account, Identifier), IdentifierError> {
	let text = Zeroizing::new(sealer.open(mac, sealed)?);
	let [account, system, value]: [String; 3] =
		serde_json::from_slice(&text).map_err(|_| IdentifierError::Entry)?;
	let account = salus_client::parse_account(&account).map_err(|_| IdentifierError::Entry)?;
	Ok((account, Identifier { system, value }))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::database::tests::has;

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

		// An identifier that is taken changes nothing.
		let taken = replace(&bob, vec![mrn("5"), mrn("1")]).await;
		assert!(matches!(taken, Err(IdentifierError::Taken)));
		assert_eq!(kept.of(&bob).await.unwrap().0, [mrn("3")]);
		replace(&alice, vec![mrn("2")]).await.unwrap();
		replace(&bob, vec![mrn("1")]).await.unwrap();
		drop(kept);
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		assert_eq!(kept.account_of(&mrn("1")).await.unwrap(), Some(bob));
	}

	#[test]
	fn an_identifier_has_only_characters_that_are_seen() {
		assert!(mrn("MRN 0815/ä").is_legible());
		for value in ["7\u{200b}", "7\u{a0}", " 7", "7  8", "\u{2028}", ""] {
			assert!(!mrn(value).is_legible(), "{value:?}");
		}
		let system = "urn:oid:1.2.3\u{200b}".to_owned();
		assert!(!Identifier { system, value: "7".into() }.is_legible());
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
		assert!(!has(folder.path(), "MRN-0815") && !has(folder.path(), "urn:hospital"));
		assert!(!has(folder.path(), alice.to_string()) && !has(folder.path(), alice.0));
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
		assert!(!has(folder.path(), before));
	}

	#[tokio::test]
	async fn a_damaged_entry_leaves_all_under_the_old_secret() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("identifiers.sqlite");
		let alice = account("//Alice");
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		kept.replace(&alice, vec![mrn("1"), mrn("2")], None).await.unwrap();
		let damage = "UPDATE identifiers SET sealed = x'00' WHERE identifier = ?1";
		let mac = mac_of(kept.0.sealer(), &mrn("2"));
		kept.0.lock().execute(damage, params![mac]).unwrap();
		drop(kept);
		let refused = Identifiers::reseal(&path, &secret(1), &secret(2));
		assert!(matches!(refused, Err(IdentifierError::Entry)));
		let kept = Identifiers::open(&path, &secret(1)).unwrap();
		assert_eq!(kept.account_of(&mrn("1")).await.unwrap(), Some(alice));
	}
}
