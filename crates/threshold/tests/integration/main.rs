//! Tests of the committee's cryptography through its public interface.
//!
//! They form one program, because each further one would compile and link the generic code again.

mod hostile;
mod library;
mod release;
mod resharing;
mod setup;
mod support;
mod vectors;
