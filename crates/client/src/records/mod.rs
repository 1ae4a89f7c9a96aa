//! Records: adding, revising, staging and erasing them.
//!
//! Uses `files` to read, `state` to resume, `keyring` to wrap, and `chain` to register. Every step
//! can be repeated; none registers a record twice.

pub(crate) mod add;
pub(crate) mod erase;
pub(crate) mod prepare;
pub(crate) mod staging;
