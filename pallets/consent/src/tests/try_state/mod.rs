//! Each invariant, broken on purpose: `try_state` must notice.

mod delegation_and_requests;
mod grants_and_denials;

use super::*;
