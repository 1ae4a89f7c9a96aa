//! Tests of the envelope through its public interface.
//!
//! They form one program, because each further one would compile and link the generic code again.

mod delivery;
mod descriptor;
mod round_trip;
mod second_implementation;
mod support;
mod tamper;
mod wrap;
