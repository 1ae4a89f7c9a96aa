//! The chain as a whole: what its pallets do together, and what its clients rely on.
//!
//! One program: each more would compile and link the library's generic code again.

mod common;
mod emergency;
mod encodings;
mod fees;
mod governance;
mod governance_histories;
mod integrity;
mod metadata;
mod offences;
mod patients;
mod storage;
mod succession;
