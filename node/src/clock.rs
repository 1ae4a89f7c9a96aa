//! The clock of this machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns the current time since 1970. A clock set before 1970 gives zero.
pub fn since_1970() -> Duration {
	SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Returns the current time, in milliseconds since 1970.
pub fn now_ms() -> u64 {
	since_1970().as_millis() as u64
}
