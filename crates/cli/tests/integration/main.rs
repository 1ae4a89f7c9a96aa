//! Tests of the command line as people use it.
//!
//! One program, because each further one would compile and link the library's generic code again.

mod guarded_mode;
mod hints;
mod offline_log;
mod this_machine;
mod without_a_node;
