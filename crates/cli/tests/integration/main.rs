//! The command line as its users run it.
//!
//! One program: each more would compile and link the library's generic code again.

mod guarded_mode;
mod hints;
mod offline_log;
mod this_machine;
mod without_a_node;
