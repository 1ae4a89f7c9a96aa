//! Ending when told to, without leaving plaintext behind.

use std::process::exit;

/// Waits until the program is told to end (Ctrl-C, TERM, a terminal that is gone), removes what is not opened to its end, and
/// ends it.
pub(crate) async fn end_cleanly() {
	let code = told_to_end().await;
	salus_client::discard_unfinished();
	exit(code);
}

/// The exit code for the signal that came, as a shell gives it.
#[cfg(unix)]
async fn told_to_end() -> i32 {
	use tokio::signal::unix::{signal, SignalKind};
	let wait = |kind: SignalKind| async move {
		let code = kind.as_raw_value();
		if is_ignored(code) {
			return std::future::pending().await;
		}
		match signal(kind) {
			Ok(mut told) => {
				told.recv().await;
				128 + code
			}
			Err(_) => std::future::pending().await,
		}
	};
	tokio::select! {
		code = wait(SignalKind::interrupt()) => code,
		code = wait(SignalKind::terminate()) => code,
		code = wait(SignalKind::hangup()) => code,
	}
}

/// Whether the program was started so that it ignores a signal, as by `nohup`, or by a script in its background.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
	let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
	status
		.lines()
		.find_map(|line| line.strip_prefix("SigIgn:"))
		.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
		.is_some_and(|mask| (mask >> (signal - 1)) & 1 == 1)
}

#[cfg(not(unix))]
async fn told_to_end() -> i32 {
	match tokio::signal::ctrl_c().await {
		Ok(()) => 130,
		Err(_) => std::future::pending().await,
	}
}
