//! The envelope as its users call it.
//!
//! One program: each more would compile and link the library's generic code again.

mod delivery;
mod descriptor;
mod round_trip;
mod second_implementation;
mod support;
mod tamper;
mod wrap;
