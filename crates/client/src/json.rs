//! Values in JSON.

/// Byte arrays as `0x…` hexadecimal, for `#[serde(with = …)]`.
pub use salus_primitives::serde_hex as hex;
