//! Named amounts and times.

use crate::{Balance, BlockNumber};

pub use salus_primitives::{TOKEN_DECIMALS, TOKEN_SYMBOL};

/// Prefix of addresses (SS58): the generic one.
pub const SS58_PREFIX: u16 = 42;

/// Token.
pub const HEAL: Balance = 1_000_000_000_000;
/// Thousandth of a token.
pub const MILLI_HEAL: Balance = HEAL / 1_000;
/// Balance below which an account ceases to exist. Members exist without a balance.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_HEAL;

/// Time between blocks, in milliseconds. Another value needs a migration of what the storage counts
/// in blocks: [`crate::migrations`].
pub const SLOT_DURATION: u64 = 1_000;

/// Minute, in blocks.
pub const MINUTES: BlockNumber = (60_000 / SLOT_DURATION) as BlockNumber;
/// Hour, in blocks.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// Day, in blocks.
pub const DAYS: BlockNumber = 24 * HOURS;

/// Day, in milliseconds.
pub const DAY_MILLIS: u64 = 86_400_000;

/// Mebibyte, in bytes.
pub const MIB: u32 = 1024 * 1024;
