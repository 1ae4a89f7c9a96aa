//! Access to records: opening them, guarded keys, the access log, and emergencies.
//!
//! Uses `consent` for decisions, `keyring` for wraps, `state` to resume, `files` to write, and
//! `log` to prove. A request is on the patient's log before a key is released.

mod at_risk;
pub(crate) mod bond;
pub(crate) mod denials;
pub(crate) mod emergency;
pub(crate) mod fetch;
pub(crate) mod guarded;
pub(crate) mod log;
pub(crate) mod open;
pub(crate) mod request;
pub(crate) mod reseal;
