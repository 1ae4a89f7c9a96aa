//! One file for each action.
//!
//! Cast: `pallets/testing/src/cast.rs`.

mod announce;
mod authorize;
mod confirm;
mod deal;
mod election;
mod encoding;
mod histories;
mod hostile;
mod phases;
mod reads;
mod reopening;
mod session;
mod submit_share;
mod takeover;
mod try_state;
