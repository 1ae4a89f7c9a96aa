//! Tests of the block store, its server and its clients, also against a real Kubo.
//!
//! They are one program: each further one would compile and link the library's generic code again.

mod client;
mod common;
mod crash;
mod kubo;
mod server;
