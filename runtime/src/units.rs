//! Amounts and times by name.

use crate::{Balance, BlockNumber};

/// The token's symbol.
pub const TOKEN_SYMBOL: &str = "HEAL";
/// How many decimals the token is shown with.
pub const TOKEN_DECIMALS: u8 = 12;
/// The prefix of addresses (SS58): the generic one.
pub const SS58_PREFIX: u16 = 42;

/// One token.
pub const HEAL: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI_HEAL: Balance = HEAL / 1_000;
/// What an account must hold to exist by its balance alone. Members exist without.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_HEAL;

/// Milliseconds from one block to the next. It cannot be changed once the chain has started.
pub const SLOT_DURATION: u64 = 2_000;

/// How many blocks a minute has.
pub const MINUTES: BlockNumber = (60_000 / SLOT_DURATION) as BlockNumber;
/// How many blocks an hour has.
pub const HOURS: BlockNumber = 60 * MINUTES;
/// How many blocks a day has.
pub const DAYS: BlockNumber = 24 * HOURS;

/// Milliseconds of a day.
pub const DAY_MILLIS: u64 = 86_400_000;

/// Bytes of a mebibyte.
pub const MIB: u32 = 1024 * 1024;
