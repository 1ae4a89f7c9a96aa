//! The worker.
/// Claims per call.
pub const CLAIMS: u32 = 64;
/// Runs.
pub fn run<T: crate::Config>() {}
