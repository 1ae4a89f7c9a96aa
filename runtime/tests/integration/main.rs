//! Tests of the chain as a whole: the pallets together, and the interfaces that clients rely on.
//!
//! They form one program, because each further one would compile and link the generic code again.

mod batches;
mod blocks;
mod common;
mod decisions;
mod emergency;
mod encodings;
mod fees;
mod governance;
mod governance_histories;
mod integrity;
mod metadata;
mod offences;
mod patients;
mod slots;
mod storage;
mod succession;
mod wraps;
