//! Runs the key library so that a panic in it is an error, and not the end of the node.
//!
//! The SDK's panic hook ends the process when any thread panics. What other members post and what
//! authors seal goes through a young library: a panic on such bytes would end every node that reads
//! them, again after each restart. So the library runs in threads of its own, in which panics unwind.

use std::{
	cell::RefCell,
	panic::{catch_unwind, AssertUnwindSafe},
	sync::OnceLock,
};

use sp_panic_handler::AbortGuard;

use super::LOG_TARGET;

/// The key library panicked, or no thread could be started for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key library failed on what it was given; the log has its panic")]
pub struct Failed;

/// Kind of work. Releases do not wait until a key is made.
#[derive(Clone, Copy, Debug)]
pub enum Work {
	/// On the way to a key: seconds of processor time.
	Forming,
	/// For one release: milliseconds.
	Releasing,
}

thread_local! {
	/// Keeps panics of this thread from ending the process, as long as the thread lives.
	static UNWINDS: RefCell<Option<AbortGuard>> = const { RefCell::new(None) };
}

fn threads(work: Work) -> Option<&'static rayon::ThreadPool> {
	static FORMING: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
	static RELEASING: OnceLock<Option<rayon::ThreadPool>> = OnceLock::new();
	let (pool, name) = match work {
		Work::Forming => (&FORMING, "committee-key"),
		Work::Releasing => (&RELEASING, "committee-share"),
	};
	let start = || {
		rayon::ThreadPoolBuilder::new()
			.thread_name(move |number| format!("{name}-{number}"))
			.start_handler(|_| {
				UNWINDS.with(|guard| *guard.borrow_mut() = Some(AbortGuard::never_abort()))
			})
			.build()
			.inspect_err(|error| log::error!(target: LOG_TARGET, "no threads for keys: {error}"))
			.ok()
	};
	pool.get_or_init(start).as_ref()
}

/// Does some work of the key library, and whatever that spawns by rayon.
pub fn isolated<R: Send>(work: Work, job: impl FnOnce() -> R + Send) -> Result<R, Failed> {
	let pool = threads(work).ok_or(Failed)?;
	// The pool brings the panic here, without the hook.
	catch_unwind(AssertUnwindSafe(|| pool.install(job))).map_err(|_| Failed)
}

#[cfg(test)]
mod tests {
	use super::*;
	use rayon::prelude::*;

	const CHILD: &str = "SALUS_TEST_PANICS";

	/// In a process of its own, since the hook is the whole process's.
	#[test]
	fn a_panic_in_the_key_library_leaves_the_process_alive() {
		if std::env::var_os(CHILD).is_none() {
			let name =
				"committee::isolation::tests::a_panic_in_the_key_library_leaves_the_process_alive";
			let child = std::process::Command::new(std::env::current_exe().unwrap())
				.args(["--exact", name, "--nocapture"])
				.env(CHILD, "1")
				.output()
				.unwrap();
			let output = String::from_utf8_lossy(&child.stdout);
			assert!(child.status.success(), "{output}");
			assert!(output.contains("1 passed"), "{output}");
			return;
		}
		sp_panic_handler::set("nowhere", "test");
		for work in [Work::Forming, Work::Releasing] {
			assert_eq!(
				isolated(work, || panic!("on purpose")),
				Err::<(), _>(Failed)
			);
			let spread = || (0..64u32).into_par_iter().for_each(|i| assert_ne!(i, 40));
			assert_eq!(isolated(work, spread), Err(Failed));
			assert_eq!(isolated(work, || 7), Ok(7));
		}
	}
}
