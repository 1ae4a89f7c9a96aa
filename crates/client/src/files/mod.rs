//! Files of this machine: those that become records, and those in which opened records end.
//!
//! Below everything else: uses no other room. [`input`] reads and checks the files that a caller
//! names, [`kind`] recognises what they are, and [`output`] writes plaintext so that it appears
//! whole and verified, or not at all.

pub(crate) mod input;
pub(crate) mod kind;
pub(crate) mod output;
