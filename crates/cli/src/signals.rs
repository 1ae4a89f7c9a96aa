//! Ends the program on signals, without leaving plaintext behind.

use std::process::exit;

/// Waits for a signal to end the program (Ctrl+C, TERM or a closed terminal), removes records that
/// are only partly opened, and ends it.
pub(crate) async fn end_cleanly() {
	let code = signal_to_end().await;
	salus_client::discard_unfinished();
	exit(code);
}

/// Waits for a signal. Returns the exit code that a shell reports for it.
#[cfg(unix)]
async fn signal_to_end() -> i32 {
	use tokio::signal::unix::{signal, SignalKind};
	let wait = |kind: SignalKind| async move {
		let code = kind.as_raw_value();
		if is_ignored(code) {
			return std::future::pending().await;
		}
		match signal(kind) {
			Ok(mut signals) => {
				signals.recv().await;
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

/// Returns whether the program was started with this signal ignored, for example by `nohup` or in
/// the background of a script.
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
async fn signal_to_end() -> i32 {
	match tokio::signal::ctrl_c().await {
		Ok(()) => 130,
		Err(_) => std::future::pending().await,
	}
}
