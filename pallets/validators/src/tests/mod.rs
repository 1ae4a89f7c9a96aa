//! The set and its seats; who votes for a hospital; how many motions a seat may have open.

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

fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}
