//! HL7 v2 as hospital systems send it, without input or output.
//!
//! ```text
//! bytes ── frame ──▶ message ── header, patient, document ──▶ the gateway
//!                                                   ack ◀── what became of it
//! ```
//!
//! Contract:
//!
//! - Any bytes can be read without a panic. Memory grows with the largest message that the caller
//!   allows, and by nothing else.
//! - A message is read as a whole or not at all: a line that is not a segment, or a message that
//!   continues elsewhere, is a [`Problem`], because half a report could be taken for all of it.
//! - A frame whose end is not certain is [`Extent::Torn`], and the caller ends the connection.
//! - No [`Problem`] and no acknowledgement repeats a value of the message, except the fields of MSH
//!   by which the sender knows its message again.

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod ack;
mod charset;
mod document;
mod escape;
mod frame;
mod header;
mod message;
mod patient;
mod problem;
mod render;
#[cfg(test)]
mod tests;

pub use ack::{acknowledgements, Outcome};
pub use charset::Charset;
pub use document::{note, results, Document, Part, Secrecy};
pub use frame::{Extent, Frame, Framer};
pub use header::Header;
pub use message::{is_legible, Delimiters, Field, Message, Segment};
pub use patient::{identifiers, Identifier, Pair};
pub use problem::{Condition, Location, Problem};
