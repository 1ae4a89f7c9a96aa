//! The address book of a command line: names stand in place of accounts in arguments, and beside
//! them in output.
//!
//! Parsers of arguments and tables are plain functions. They use the book that is lent to them
//! while they run.

use std::{
	cell::RefCell,
	collections::HashMap,
	ffi::{OsStr, OsString},
	path::PathBuf,
	sync::Arc,
};

use salus_client::{Account, ContactError, StateDir};

/// Number of characters that are shown of an account's start, and of its end, beside a name.
const SHOWN: usize = 6;

/// Names for one command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
	accounts: HashMap<String, Account>,
	/// Names by the text of the account.
	names: HashMap<String, String>,
	/// Reason why names are missing, if the file is damaged.
	damage: Option<String>,
}

thread_local! {
	static LENT: RefCell<Arc<Book>> = RefCell::default();
}

impl Book {
	/// Opens the book in a state folder.
	pub(crate) fn open(state: Option<PathBuf>) -> Arc<Self> {
		let read =
			StateDir::new(state).map_err(ContactError::from).and_then(|state| state.contacts());
		Arc::new(match read {
			Ok(contacts) => {
				Self::new(contacts.iter().map(|(name, account)| (name.to_string(), *account)))
			}
			// Without a home folder there is no book, which is not an error.
			Err(ContactError::State(_)) => Self::default(),
			Err(error) => Self { damage: Some(error.to_string()), ..Self::default() },
		})
	}

	fn new(contacts: impl Iterator<Item = (String, Account)>) -> Self {
		let mut book = Self::default();
		for (name, account) in contacts {
			book.names.insert(account.to_string(), name.clone());
			book.accounts.insert(name, account);
		}
		book
	}

	/// Returns why the names cannot be read, if they cannot.
	pub(crate) fn damage(&self) -> Option<&str> {
		self.damage.as_deref()
	}

	/// Returns the account of a name.
	pub(crate) fn account(&self, name: &str) -> Option<Account> {
		self.accounts.get(name).copied()
	}

	/// Lets parsers and tables use the book during `work`.
	pub(crate) fn lend<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
		/// Restores the previous book, even after a panic.
		struct Restore(Arc<Book>);
		impl Drop for Restore {
			fn drop(&mut self) {
				LENT.set(std::mem::take(&mut self.0));
			}
		}
		let _restore = Restore(LENT.replace(self.clone()));
		work()
	}

	/// Adds names to the accounts in a text.
	pub(crate) fn name(&self, text: &str) -> String {
		if self.names.is_empty() {
			return text.to_owned();
		}
		let mut named = String::with_capacity(text.len());
		let mut rest = text;
		while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
			let (before, word) = rest.split_at(start);
			let end = word.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(word.len());
			let (word, after) = word.split_at(end);
			named.push_str(before);
			match self.names.get(word) {
				Some(name) if is_alone(&named, after) => {
					named.push_str(&shown(name, word, &named));
				}
				_ => named.push_str(word),
			}
			rest = after;
		}
		named.push_str(rest);
		named
	}
}

/// Returns whether a word between these texts is separate, not part of a path or a longer word.
fn is_alone(before: &str, after: &str) -> bool {
	let joins = |c: char| c.is_alphanumeric() || ['/', '\\', '_', '-', '.', '…'].contains(&c);
	let mut after = after.chars();
	let ends = match (after.next(), after.next()) {
		// A full stop.
		(Some('.'), next) => next.is_none_or(|c| !joins(c)),
		(next, _) => next.is_none_or(|c| !joins(c)),
	};
	ends && before.chars().next_back().is_none_or(|c| !joins(c))
}

/// Formats a name with its account, or alone where it may be copied into a command.
fn shown(name: &str, account: &str, before: &str) -> String {
	let line = before.rsplit('\n').next().unwrap_or_default();
	if line.ends_with(':') || line.contains("salus ") {
		return name.to_owned();
	}
	let (begin, end) = (account.get(..SHOWN), account.get(account.len().saturating_sub(SHOWN)..));
	match (begin, end) {
		(Some(begin), Some(end)) => format!("{name} ({begin}…{end})"),
		_ => account.to_owned(),
	}
}

/// Returns the account of a name in the lent book.
pub(crate) fn account(name: &str) -> Option<Account> {
	LENT.with_borrow(|book| book.account(name))
}

/// Returns why the lent book cannot be read, if it cannot.
pub(crate) fn damage() -> Option<String> {
	LENT.with_borrow(|book| book.damage.clone())
}

/// Adds names from the lent book to the accounts in a text.
pub(crate) fn name(text: &str) -> String {
	LENT.with_borrow(|book| book.name(text))
}

/// Returns the state folder that a command line or the environment names. Parsing the rest of the
/// line needs it.
pub(crate) fn state_dir(args: &[OsString]) -> Option<PathBuf> {
	const OPTION: &str = "--state-dir";
	let mut args = args.iter().skip(1).take_while(|arg| *arg != "--");
	let mut found = None;
	while let Some(arg) = args.next() {
		if arg == OPTION {
			found = args.next().map(PathBuf::from);
		} else if let Some(value) =
			arg.to_str().and_then(|arg| arg.strip_prefix(OPTION)?.strip_prefix('='))
		{
			found = Some(value.into());
		}
	}
	found.or_else(|| {
		std::env::var_os("SALUS_STATE_DIR")
			.filter(|value| value != OsStr::new(""))
			.map(PathBuf::from)
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::parse_account;

	const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
	const BOB: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

	fn book() -> Arc<Book> {
		let alice = parse_account(ALICE).unwrap();
		Arc::new(Book::new([("alice".to_owned(), alice)].into_iter()))
	}

	#[test]
	fn a_named_account_is_shown_with_its_name() {
		let book = book();
		for (text, shown) in [
			(ALICE.to_owned(), "alice (5Grwva…GKutQY)"),
			(format!("{ALICE}.\n"), "alice (5Grwva…GKutQY).\n"),
			(format!("of {ALICE}, as"), "of alice (5Grwva…GKutQY), as"),
			(format!("member:practitioner@2:{ALICE}"), "member:practitioner@2:alice"),
			(format!("x\nsalus validator object {ALICE}"), "x\nsalus validator object alice"),
			("é".into(), "é"),
		] {
			assert_eq!(book.name(&text), shown);
		}
		for text in [
			BOB.to_owned(),
			format!("keys/{ALICE}.json"),
			format!("{ALICE}.json"),
			format!("x{ALICE}"),
			format!("{ALICE}x"),
			format!("{ALICE}-1"),
			format!("é{ALICE}"),
		] {
			assert_eq!(book.name(&text), text);
		}
		// A second pass changes nothing.
		let once = book.name(&format!("{ALICE} {BOB}"));
		assert_eq!(book.name(&once), once);
	}

	#[test]
	fn a_book_is_lent_only_during_the_work() {
		let (book, other) = (book(), Arc::new(Book::default()));
		assert_eq!(account("alice"), None);
		book.lend(|| {
			assert!(account("alice").is_some());
			other.lend(|| assert_eq!(account("alice"), None));
			assert!(account("alice").is_some());
		});
		assert_eq!(account("alice"), None);
	}

	#[test]
	fn the_state_folder_is_found_before_parsing() {
		let found = |args: &[&str]| {
			let args: Vec<_> = args.iter().map(OsString::from).collect();
			state_dir(&args)
		};
		let folder = Some(PathBuf::from("x"));
		assert_eq!(found(&["salus", "status", "--state-dir", "x"]), folder);
		assert_eq!(found(&["salus", "--state-dir=x", "status"]), folder);
		assert_ne!(found(&["salus", "a", "--", "--state-dir", "x"]), folder);
		assert_ne!(found(&["--state-dir=x"]), folder);
	}
}
