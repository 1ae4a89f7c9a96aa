//! Access to records: opening them, guarded keys, and emergencies.
//!
//! Uses `consent` for decisions, `keyring` for wraps, `state` to resume, `files` to write. What it
//! asks for is on the patient's log before a key is released.

pub(crate) mod bond;
pub(crate) mod emergency;
pub(crate) mod guarded;
pub(crate) mod open;
