//! Files of this machine: those that become records, and those in which opened records end.
//!
//! The first layer: it uses no other. [`input`] reads and checks the files that a caller names,
//! [`kind`] recognises what they are, [`output`] writes plaintext that appears whole and verified
//! or not at all, [`scratch`] keeps content in temporary files that only this process can read, and
//! [`private`] makes files that only their owner can read.

pub(crate) mod input;
pub(crate) mod kind;
pub(crate) mod output;
pub(crate) mod private;
pub(crate) mod scratch;
