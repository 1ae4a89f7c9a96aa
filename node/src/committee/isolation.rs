//! Isolation of the key library, so that a panic in it is an error and does not end the node.
//!
//! The SDK's panic hook ends the process when any thread panics. The dealings of members and the
//! sealed keys of authors go through a young library. A panic on such bytes would end every node
//! that reads them, again after each restart. Therefore the library runs in separate threads, where
//! panics unwind.

use std::{
	cell::RefCell,
	panic::{catch_unwind, AssertUnwindSafe},
	sync::OnceLock,
};

use sp_panic_handler::AbortGuard;

use super::LOG_TARGET;

/// Panic of the key library, or failure to start a thread for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key library failed on its input; see the panic in the log")]
pub struct Failed;

/// Kind of work. The kinds are separate so that releases do not wait for key generation.
#[derive(Clone, Copy, Debug)]
pub enum Work {
	/// Key generation, which takes seconds of processor time.
	Forming,
	/// One release, which takes milliseconds.
	Releasing,
}

thread_local! {
	/// Keeps panics of this thread from ending the process while the thread lives.
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
			.inspect_err(
				|error| log::error!(target: LOG_TARGET, "cannot start threads for the key library: {error}"),
			)
			.ok()
	};
	pool.get_or_init(start).as_ref()
}

/// Runs a job of the key library, including all that it spawns by rayon.
pub fn isolated<R: Send>(work: Work, job: impl FnOnce() -> R + Send) -> Result<R, Failed> {
	let pool = threads(work).ok_or(Failed)?;
	// The pool passes the panic on here without the hook.
	catch_unwind(AssertUnwindSafe(|| pool.install(job))).map_err(|_| Failed)
}

#[cfg(test)]
mod tests {
	use super::*;
	use rayon::prelude::*;

	const CHILD: &str = "SALUS_TEST_PANICS";

	/// Runs in a separate process, because the hook belongs to the whole process.
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
			assert_eq!(isolated(work, || panic!("on purpose")), Err::<(), _>(Failed));
			let spread = || (0..64u32).into_par_iter().for_each(|i| assert_ne!(i, 40));
			assert_eq!(isolated(work, spread), Err(Failed));
			assert_eq!(isolated(work, || 7), Ok(7));
		}
	}
}
