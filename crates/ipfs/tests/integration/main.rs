//! The block store, its server and its clients, and a real Kubo beside them.
//!
//! One program: each more would compile and link the library's generic code again.

mod client;
mod common;
mod crash;
mod kubo;
mod server;
