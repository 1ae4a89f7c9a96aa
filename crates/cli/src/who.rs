//! Names of keystore files of this machine, in place of accounts on the command line.
//!
//! Parsers of arguments do not know about each other. They can use the folder that the command line
//! names while they run.

use std::{cell::RefCell, ffi::OsString, path::PathBuf};

use salus_client::{keystore, Account, StateDir};

use crate::{book::state_dir, context::is_bare};

thread_local! {
	static KEYS: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// Lets parsers of arguments look up names in the state folder that the arguments name, during
/// `parse`.
pub(crate) fn with_names<T>(args: &[OsString], parse: impl FnOnce() -> T) -> T {
	/// Restores the previous folder, even after a panic.
	struct Restore(Option<PathBuf>);
	impl Drop for Restore {
		fn drop(&mut self) {
			KEYS.set(self.0.take());
		}
	}
	let keys = StateDir::new(state_dir(args)).ok();
	let keys = keys.map(|state| state.path().join("keys"));
	let _restore = Restore(KEYS.replace(keys));
	parse()
}

/// Returns the account of the keystore file with this name, as `--as` accepts it.
pub(crate) fn named(name: &str) -> Option<Account> {
	if !is_bare(name) {
		return None;
	}
	let path = KEYS.with_borrow(|keys| Some(keys.as_ref()?.join(format!("{name}.json"))))?;
	let json = keystore::read(&path).ok()?;
	Some(keystore::info(&json).ok()?.account)
}
