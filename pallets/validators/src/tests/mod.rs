//! Tests of the set and its seats, of representatives, and of the limit of open motions.
//!
//! Cast: `pallets/testing/src/cast.rs`.

use crate::{mock::*, Validators, *};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::OrganisationId;
use sp_runtime::DispatchError::BadOrigin;

mod motions;
mod representation;
mod set;

type E = Error<Test>;

fn root() -> RuntimeOrigin {
	RuntimeOrigin::root()
}
