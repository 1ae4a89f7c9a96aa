//! The committee's cryptography as its users call it.
//!
//! One program: each more would compile and link the library's generic code again.

mod hostile;
mod library;
mod release;
mod setup;
mod support;
mod vectors;
