//! Records: adding, revising, finding and erasing them.
//!
//! Uses `files` to read, `state` to resume, `keyring` to wrap and seal, and `chain` to register.
//! Every step can be repeated; no step registers a record twice.
//!
//! [`prepare`] seals a file, [`upload`] hands it to a node, [`add`] does both and registers it,
//! [`stored`] waits for a replica.

pub(crate) mod add;
pub(crate) mod erase;
pub(crate) mod find;
pub(crate) mod prepare;
pub(crate) mod stored;
#[cfg(test)]
mod testing;
pub(crate) mod upload;
