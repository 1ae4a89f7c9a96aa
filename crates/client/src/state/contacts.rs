//! The address book of this machine: names for accounts, in `<state>/contacts.json`.
//!
//! Only its owner can read it. No name in it comes from the chain or from another machine, and none
//! leaves this one.

use std::{
	collections::BTreeMap,
	fmt, fs, io,
	path::{Path, PathBuf},
	str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::{
	files::output::replace_private,
	files::private::private_file,
	keys::account::parse_account,
	state::folder::{private_folder, JournalError, StateDir},
	Account,
};

/// Longest name, in characters.
const MAX_NAME: usize = 32;
/// Largest address book, in bytes. A larger file is refused before it is read.
const MAX_FILE: u64 = 4 * 1024 * 1024;
const FORMAT: u32 = 1;

/// Reason why the address book cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
	/// The text is not a name.
	#[error("a name begins with a letter, consists of letters, digits, `-`, `_` and `.`, and has at most {MAX_NAME} characters")]
	InvalidName,
	/// The address book does not have the name.
	#[error("the address book has no {0}")]
	Unknown(String),
	/// The name is taken. Upper and lower case do not distinguish names.
	#[error("the address book already has {name}, for {account}; remove it first, or choose another name")]
	NameTaken {
		/// The existing name.
		name: ContactName,
		/// The account of that name.
		account: Account,
	},
	/// The account already has a name.
	#[error("{account} already has the name {name}; remove that first")]
	AccountTaken {
		/// The existing name.
		name: ContactName,
		/// Account that has the name.
		account: Account,
	},
	/// The file is not an address book, or was altered.
	#[error("{} is not an address book of this program; repair it, or move it away", .0.display())]
	Damaged(PathBuf),
	/// The operating system refused.
	#[error("cannot {action} the address book {}; check its permissions and free space", path.display())]
	Io {
		/// The attempted action, as a verb.
		action: &'static str,
		/// Path of the address book.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The state folder cannot be created.
	#[error(transparent)]
	State(#[from] JournalError),
}

/// A name for an account. It cannot be mistaken for an account, a number or an option, and cannot
/// steer the terminal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContactName(String);

impl FromStr for ContactName {
	type Err = ContactError;

	fn from_str(text: &str) -> Result<Self, Self::Err> {
		// Control characters, and those that change the direction of writing, are not alphanumeric.
		let is_name = text.starts_with(char::is_alphabetic)
			&& text.chars().count() <= MAX_NAME
			&& text.chars().all(|c| c.is_alphanumeric() || ['-', '_', '.'].contains(&c))
			&& parse_account(text).is_err();
		match is_name {
			true => Ok(Self(text.to_owned())),
			false => Err(ContactError::InvalidName),
		}
	}
}

impl TryFrom<String> for ContactName {
	type Error = ContactError;

	fn try_from(text: String) -> Result<Self, Self::Error> {
		text.parse()
	}
}

impl From<ContactName> for String {
	fn from(name: ContactName) -> Self {
		name.0
	}
}

impl fmt::Display for ContactName {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&self.0)
	}
}

impl ContactName {
	/// Returns whether a reader could confuse the two names.
	fn is_like(&self, other: &Self) -> bool {
		self.0.to_lowercase() == other.0.to_lowercase()
	}
}

/// The address book: one name for each account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts(BTreeMap<ContactName, Account>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
	format: u32,
	contacts: BTreeMap<ContactName, Account>,
}

impl Contacts {
	/// Returns the account of a name.
	pub fn account(&self, name: &str) -> Option<Account> {
		self.iter().find(|(known, _)| known.0 == name).map(|(_, account)| *account)
	}

	/// Returns all names with their accounts, sorted by name.
	pub fn iter(&self) -> impl Iterator<Item = (&ContactName, &Account)> {
		self.0.iter()
	}

	fn add(&mut self, name: ContactName, account: Account) -> Result<(), ContactError> {
		for (known, of) in &self.0 {
			let (name_taken, account_taken) = (known.is_like(&name), *of == account);
			let name = known.clone();
			match (name_taken, account_taken) {
				(true, _) => return Err(ContactError::NameTaken { name, account: *of }),
				(false, true) => return Err(ContactError::AccountTaken { name, account }),
				(false, false) => {}
			}
		}
		self.0.insert(name, account);
		Ok(())
	}
}

impl StateDir {
	/// Reads the address book, which is empty if there is none yet.
	pub fn contacts(&self) -> Result<Contacts, ContactError> {
		let path = self.contacts_path();
		let failed = |source| ContactError::Io { action: "read", path: path.clone(), source };
		match fs::metadata(&path) {
			Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Contacts::default()),
			Ok(found) if found.len() > MAX_FILE => return Err(ContactError::Damaged(path)),
			found => {
				found.map_err(failed)?;
			}
		}
		let text = fs::read(&path).map_err(failed)?;
		match serde_json::from_slice(&text) {
			Ok(Book { format: FORMAT, contacts }) => Ok(Contacts(contacts)),
			_ => Err(ContactError::Damaged(path)),
		}
	}

	/// Gives an account a name.
	pub fn add_contact(&self, name: ContactName, account: Account) -> Result<(), ContactError> {
		self.change_contacts(|contacts| contacts.add(name, account))
	}

	/// Removes a name, and returns its account.
	pub fn remove_contact(&self, name: &str) -> Result<Account, ContactError> {
		self.change_contacts(|contacts| {
			let unknown = || ContactError::Unknown(name.to_owned());
			let known: ContactName = name.parse().map_err(|_| unknown())?;
			contacts.0.remove(&known).ok_or_else(unknown)
		})
	}

	/// Changes the address book atomically, one process at a time.
	fn change_contacts<T>(
		&self,
		change: impl FnOnce(&mut Contacts) -> Result<T, ContactError>,
	) -> Result<T, ContactError> {
		private_folder(self.path())?;
		let path = self.contacts_path();
		let failed = |source| ContactError::Io { action: "write", path: path.clone(), source };
		let lock = private_file(&self.path().join("contacts.lock"), false).map_err(failed)?;
		lock.lock().map_err(failed)?;
		let mut contacts = self.contacts()?;
		let done = change(&mut contacts)?;
		let book = Book { format: FORMAT, contacts: contacts.0 };
		let text = serde_json::to_vec_pretty(&book).map_err(|error| failed(error.into()))?;
		replace_private(&path, &text).map_err(failed)?;
		Ok(done)
	}

	fn contacts_path(&self) -> PathBuf {
		Path::new(self.path()).join("contacts.json")
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn account(byte: u8) -> Account {
		Account::from([byte; 32])
	}

	fn name(text: &str) -> ContactName {
		text.parse().unwrap()
	}

	#[test]
	fn a_name_is_not_an_account_and_plays_no_tricks() {
		for text in ["doctorb", "Dr.Müller", "ward_7-north", "Ωμέγα", "山田"] {
			assert_eq!(name(text).to_string(), text);
		}
		for text in [
			"",
			"7",
			"-x",
			".x",
			"//Alice",
			"Dr B",
			"a:b",
			"a@b",
			"a/b",
			"a\nb",
			"a\u{202e}b",
			"a\u{200f}b",
			"a\u{200b}b",
			"a\u{1b}[31m",
			"(b)",
			"0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
			"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
			&"a".repeat(33),
		] {
			assert!(text.parse::<ContactName>().is_err(), "{text:?}");
		}
	}

	#[test]
	fn a_book_has_one_name_for_each_account() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().join("state"))).unwrap();
		assert_eq!(state.contacts().unwrap(), Contacts::default());
		state.add_contact(name("doctorb"), account(1)).unwrap();
		state.add_contact(name("ward"), account(2)).unwrap();
		for other in ["doctorb", "DoctorB"] {
			assert!(matches!(
				state.add_contact(name(other), account(3)),
				Err(ContactError::NameTaken { .. })
			));
		}
		assert!(matches!(
			state.add_contact(name("other"), account(1)),
			Err(ContactError::AccountTaken { .. })
		));
		let contacts = state.contacts().unwrap();
		assert_eq!(contacts.account("doctorb"), Some(account(1)));
		assert_eq!(contacts.account("DoctorB"), None);
		assert_eq!(contacts.iter().count(), 2);
		assert_eq!(state.remove_contact("doctorb").unwrap(), account(1));
		for gone in ["doctorb", "", "a b"] {
			assert!(matches!(state.remove_contact(gone), Err(ContactError::Unknown(_))));
		}
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
			assert_eq!(mode(state.contacts_path()), 0o600);
			assert_eq!(mode(state.path().to_owned()), 0o700);
		}
	}

	#[test]
	fn an_altered_book_is_refused_and_left_alone() {
		let folder = tempfile::tempdir().unwrap();
		let state = StateDir::new(Some(folder.path().into())).unwrap();
		let ward = account(1);
		for text in [
			"".to_owned(),
			"{}".into(),
			r#"{"format":2,"contacts":{}}"#.into(),
			format!(r#"{{"format":1,"contacts":{{"//Alice":"{ward}"}}}}"#),
			r#"{"format":1,"contacts":{"ward":"5Grw"}}"#.into(),
		] {
			fs::write(state.contacts_path(), &text).unwrap();
			let damaged = |result| matches!(result, Err(ContactError::Damaged(_)));
			assert!(damaged(state.contacts().map(drop)), "{text}");
			assert!(damaged(state.add_contact(name("new"), account(2))), "{text}");
			assert_eq!(fs::read_to_string(state.contacts_path()).unwrap(), text);
		}
	}
}
