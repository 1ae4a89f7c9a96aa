//! Parts of making and checking blocks in which the node differs from the SDK.

pub mod pace;
pub mod pool;
pub mod slots;
