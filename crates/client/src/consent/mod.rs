//! Consent: decisions, grants and denials with the keys that go with them, and requests.
//!
//! Uses `keyring` to wrap keys, and `chain` to decide and submit. `access` and `records` ask here
//! whether something is permitted. Opens no record.

pub(crate) mod decide;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod requests;
pub(crate) mod standing;
#[cfg(test)]
mod tests;
