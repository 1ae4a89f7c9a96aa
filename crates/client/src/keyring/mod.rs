//! Keys on the chain: published ones, those of the committee, and record keys wrapped for them.
//!
//! Uses `chain` and `keys`. `records` and `consent` wrap record keys through it, `access` opens
//! them; whether somebody may have one is decided there, not here.

pub(crate) mod committee;
pub(crate) mod keys;
