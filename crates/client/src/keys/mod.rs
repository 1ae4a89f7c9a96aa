//! Secrets of accounts: [`Signer`](crate::Signer), and the keystore files that hold one.
//!
//! Uses `files`. No other room derives a key from an account's secret, or sees that secret.

pub(crate) mod account;
pub mod keystore;
pub(crate) mod signer;
