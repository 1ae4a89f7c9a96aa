//! Accounts and their secrets: [`Signer`](crate::Signer), and the files that hold a secret.
//!
//! Uses `files`. Every key that follows from an account's secret is derived here, and no other
//! layer sees that secret.

pub(crate) mod account;
pub(crate) mod error;
pub mod keystore;
pub(crate) mod node;
pub(crate) mod signer;
