//! Keys on the chain: published ones, the committee's, and record keys wrapped for them.
//!
//! Uses `chain` and `keys`. `records` and `consent` wrap and seal record keys here, `access` opens
//! them here. Whether somebody may have a key is decided by `consent`, never here.

pub(crate) mod committee;
pub(crate) mod publish;
pub(crate) mod wraps;
