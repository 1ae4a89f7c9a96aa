//! Who is meant by a name on the command line that is no account: the account of a keystore file of this machine.
//!
//! Parsers of arguments know nothing of each other. The folder of a command line is lent to them for as long as they run.

use std::{cell::RefCell, ffi::OsString, path::PathBuf};

use salus_client::{keystore, Account, StateDir};

use crate::context::is_bare;

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

/// The state folder that arguments or the environment name, before they are parsed.
fn state_dir(args: &[OsString]) -> Option<PathBuf> {
	const OPTION: &str = "--state-dir";
	let mut found = None;
	let mut args = args.iter().take_while(|arg| *arg != "--");
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
		std::env::var_os("SALUS_STATE_DIR").filter(|value| !value.is_empty()).map(PathBuf::from)
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_state_folder_is_found_wherever_it_stands() {
		for line in ["--state-dir x record list", "record list --state-dir=x"] {
			let args: Vec<OsString> = line.split(' ').map(Into::into).collect();
			assert_eq!(state_dir(&args), Some("x".into()), "{line}");
		}
	}
}
