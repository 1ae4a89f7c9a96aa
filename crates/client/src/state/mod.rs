//! The state folder: what this machine keeps between two runs.
//!
//! Uses `files` and `keys`, and stores transactions that `chain` signed. Whatever is secret in the
//! folder is sealed to a key that follows from the account's secret; the address book is the one
//! exception, and readable by its owner alone.

pub(crate) mod contacts;
pub(crate) mod journal;
pub(crate) mod memory;
pub(crate) mod readings;
