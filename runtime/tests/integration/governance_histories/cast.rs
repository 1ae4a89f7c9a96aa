//! The accounts of a history, and the hospitals to which they belong.

use pallet_collective::{Instance1, Members};
use salus_primitives::OrganisationId;
use salus_runtime::{AccountId, Runtime, RuntimeCall, RuntimeOrigin, SessionKeys};
use sp_runtime::traits::Dispatchable;

pub(super) const PUPPETS: usize = 6;
pub(super) const CANDIDATES: usize = 2;
/// Number of representatives that each hospital holds in reserve.
pub(super) const SPARES: usize = 3;

/// Purpose of an account.
#[derive(Clone, Copy)]
pub(super) enum As {
	Validator = 1,
	Seat,
	Admin,
	Rogue,
	/// Representative that the hospital holds in reserve.
	Spare,
	Puppet,
	/// Validator with keys but without a seat.
	Candidate,
}

pub(super) fn account(what: As, number: usize) -> AccountId {
	let mut bytes = [0; 32];
	bytes[0] = what as u8;
	bytes[1] = number as u8;
	bytes.into()
}

pub(super) fn keys(what: As, number: usize) -> SessionKeys {
	let bytes: [u8; 32] = account(what, number).into();
	let public = sp_core::sr25519::Public::from_raw(bytes);
	SessionKeys {
		aura: public.into(),
		grandpa: sp_core::ed25519::Public::from_raw(bytes).into(),
		committee: public.into(),
		authority_discovery: public.into(),
	}
}

#[derive(Clone)]
pub(super) struct Hospital {
	pub(super) validator: AccountId,
	/// Accounts that may vote for it.
	pub(super) own: Vec<AccountId>,
	pub(super) admins: Vec<AccountId>,
	pub(super) organisation: OrganisationId,
	pub(super) is_hostile: bool,
}

pub(super) fn council() -> Vec<AccountId> {
	Members::<Runtime, Instance1>::get()
}

/// Returns whether an organisation has a seat in the council.
pub(super) fn has_seat(organisation: OrganisationId) -> bool {
	let validators = pallet_validators::Validators::<Runtime>::get();
	validators.iter().any(|validator| validator.organisation == Some(organisation))
}

pub(super) fn root(call: RuntimeCall) -> bool {
	call.dispatch(RuntimeOrigin::root()).is_ok()
}
