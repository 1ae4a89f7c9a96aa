//! The node and the chain: one connection, reads, calls, and transactions.
//!
//! Uses `keys` to sign, and reports to `progress`. Knows nothing of records' content: it encodes,
//! submits and decodes. Everything above talks to the node through [`Client`](crate::Client) and
//! [`View`](crate::View).

pub mod calls;
pub(crate) mod client;
pub(crate) mod endpoint;
pub(crate) mod refusal;
pub(crate) mod rpc;
pub(crate) mod submit;
pub(crate) mod tls;
pub(crate) mod view;
