//! The state folder: what this machine keeps between two runs.
//!
//! Uses `files` and `keys`, and stores transactions that `chain` signed. Secrets in the
//! folder are sealed to a key that follows from the account's secret. The address book is not, and
//! only its owner can read it.
//!
//! [`uploads`] and [`readings`] let an interrupted run continue, [`memory`] recognises files that
//! were added before, and [`contacts`] gives accounts names.

pub(crate) mod contacts;
pub(crate) mod folder;
pub(crate) mod memory;
pub(crate) mod readings;
pub(crate) mod uploads;
