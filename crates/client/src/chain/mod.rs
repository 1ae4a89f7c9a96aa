//! The node and the chain: one connection, reads, calls, and transactions.
//!
//! Uses `keys` to sign, and reports to `progress`. Knows nothing of what is in a record: it
//! encodes, submits and decodes. Everything above talks to the node through
//! [`Client`](crate::Client) and [`View`](crate::View).
//!
//! [`endpoint`] and [`tls`] lead to a node, [`rpc`] keeps the connection, [`client`] holds it,
//! [`view`] reads the chain and [`node`] the node. [`proven`] checks what must be true before a key
//! is used; [`runtime`] and [`digest`], before a call is signed. [`calls`] encodes, and [`submit`]
//! signs and follows.

pub(crate) mod blocks;
pub mod calls;
pub(crate) mod changes;
pub(crate) mod client;
pub(crate) mod digest;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod metadata;
pub(crate) mod node;
pub(crate) mod proven;
pub(crate) mod rpc;
pub(crate) mod runtime;
pub(crate) mod submit;
pub(crate) mod tls;
pub(crate) mod view;
