//! Tests, one file per action.

mod attest_credential;
mod attest_version;
mod encoding;
mod erased;
mod is_attested;
mod reads;
mod revoke;
mod threshold;
mod try_state;
mod verdicts;
