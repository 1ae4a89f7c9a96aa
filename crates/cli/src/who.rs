//! Who is meant by a name on the command line that is no account: the account of a keystore file of this machine.
//!
//! Parsers of arguments know nothing of each other. The folder of a command line is lent to them for as long as they run.

use std::{cell::RefCell, ffi::OsString, path::PathBuf};

use salus_client::{keystore, Account, StateDir};

use crate::{book::state_dir, context::is_bare};

thread_local! {
	static KEYS: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// Lets parsers of arguments look up names in the state folder that the arguments name.
pub(crate) fn with_names<T>(args: &[OsString], parse: impl FnOnce() -> T) -> T {
	/// Takes it back, even if the work panics.
	struct Return(Option<PathBuf>);
	impl Drop for Return {
		fn drop(&mut self) {
			KEYS.set(self.0.take());
		}
	}
	let keys = StateDir::new(state_dir(args)).ok();
	let keys = keys.map(|state| state.path().join("keys"));
	let _back = Return(KEYS.replace(keys));
	parse()
}

/// The account of a keystore file of this machine, by the name that `--as` takes.
pub(crate) fn named(name: &str) -> Option<Account> {
	if !is_bare(name) {
		return None;
	}
	let path = KEYS.with_borrow(|keys| Some(keys.as_ref()?.join(format!("{name}.json"))))?;
	let json = keystore::read(&path).ok()?;
	Some(keystore::info(&json).ok()?.account)
}
