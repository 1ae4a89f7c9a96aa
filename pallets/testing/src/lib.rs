//! The world in which the pallets' unit tests run. Only a dev-dependency: nothing of it reaches a
//! runtime.
//!
//! A pallet's mock has three parts:
//!
//! - [`runtime!`] declares the pallets of the runtime `Test` and the functions that every test uses
//!   (`build_and_execute`, `events`, …);
//! - [`Mock`] says in which state a test begins, and which check ends it;
//! - the pallet's own `Config`, and the neighbours that only this pallet has.
//!
//! The rest is the same for all: a [cast] of accounts and organisations, a [`Clock`], and the
//! neighbours [`Roles`], [`Records`] and [`Committee`]. These keep their state in the test's
//! storage, so a failed call leaves no changes there, as with the real pallets.

#![warn(missing_docs)]

pub mod cast;
mod clock;
mod committee;
mod records;
mod roles;
mod runtime;

pub use cast::*;
pub use clock::{Clock, Now};
pub use committee::Committee;
pub use records::{Records, WrittenVersion};
pub use roles::{membership, Roles};
pub use runtime::{last_event, plain, signed, take_events, Mock, TestExt};

/// For [`runtime!`], whose expansion names it without a path.
pub use frame_support::derive_impl;

use salus_primitives::{Hash32, Moment};

/// Account of every mock except the one of the pallet `roles`, whose accounts sign.
pub type AccountId = u64;

/// A minute, in milliseconds.
pub const MINUTE: Moment = 60_000;
/// An hour, in milliseconds.
pub const HOUR: Moment = 60 * MINUTE;
/// A day, in milliseconds.
pub const DAY: Moment = 24 * HOUR;
/// A year, in milliseconds.
pub const YEAR: Moment = 365 * DAY;
/// Time at which every test starts: noon, so that no day starts or ends within the hour.
pub const START: Moment = 20_000 * DAY + 12 * HOUR;
/// Hash of the genesis block.
pub const GENESIS: Hash32 = [0x9e; 32];

/// Returns the item that a random number selects.
pub fn pick<T: Copy>(list: &[T], number: u8) -> T {
	list[usize::from(number) % list.len()]
}
