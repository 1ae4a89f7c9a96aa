//! Consent: grants and denials with the keys that go with them, requests, and what grants are worth.
//!
//! Uses `keyring` to wrap and `chain` to submit. `access` and `records` ask it for decisions; it
//! opens no record.

pub(crate) mod grants;
pub(crate) mod requests;
pub(crate) mod standing;
