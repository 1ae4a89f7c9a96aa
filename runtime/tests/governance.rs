//! What the council may do, and that nobody else may.

mod common;

use codec::Encode;
use common::*;
use frame_support::{assert_noop, assert_ok};
use pallet_collective::Instance1;
use salus_primitives::{OrganisationKind, OrganisationStatus};
use salus_runtime::{Council, Hash, Roles, Runtime, RuntimeCall, RuntimeOrigin, System, Upgrades};
use sp_runtime::{
	traits::{BlakeTwo256, Hash as _},
	DispatchError,
};

fn seats(uris: &[&str]) {
	let members = uris.iter().map(|uri| account(uri)).collect();
	assert_ok!(Council::set_members(
		RuntimeOrigin::root(),
		members,
		None,
		0
	));
}

/// Proposes, votes and closes; the vote's outcome shows in the state.
fn decide(yes: &[&str], call: impl Into<RuntimeCall>) {
	let call: RuntimeCall = call.into();
	let hash = BlakeTwo256::hash_of(&call);
	let length = call.encoded_size() as u32;
	let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
	let proposer = RuntimeOrigin::signed(account(yes[0]));
	assert_ok!(Council::propose(
		proposer,
		yes.len() as u32,
		Box::new(call.clone()),
		length
	));
	if yes.len() > 1 {
		for uri in yes {
			assert_ok!(Council::vote(
				RuntimeOrigin::signed(account(uri)),
				hash,
				index,
				true
			));
		}
		let closer = RuntimeOrigin::signed(account(yes[0]));
		let weight = frame_support::dispatch::GetDispatchInfo::get_dispatch_info(&call).call_weight;
		assert_ok!(Council::close(closer, hash, index, weight, length));
	}
}

fn register() -> pallet_roles::Call<Runtime> {
	pallet_roles::Call::register_organisation {
		kind: OrganisationKind::Laboratory,
		admins: vec![account("//Lab")]
			.try_into()
			.expect("one is few enough"),
		profile: [3; 32],
	}
}

fn authorised() -> Option<Hash> {
	System::authorized_upgrade().map(|authorisation| *authorisation.code_hash())
}

#[test]
fn half_of_the_council_registers_and_suspends_organisations() {
	on_chain(|| {
		seats(&["//A", "//B", "//C", "//D"]);
		decide(&["//A", "//B"], register());
		let lab = Roles::organisation_info(2).expect("it was registered");
		assert_eq!(lab.kind, OrganisationKind::Laboratory);
		let suspend = pallet_roles::Call::<Runtime>::suspend_organisation { organisation: 2 };
		decide(&["//C", "//D"], suspend);
		let lab = Roles::organisation_info(2).expect("it stays");
		assert_eq!(lab.status, OrganisationStatus::Suspended);
	});
}

#[test]
fn less_than_half_of_the_council_cannot() {
	on_chain(|| {
		seats(&["//A", "//B", "//C", "//D"]);
		decide(&["//A"], register());
		assert_eq!(Roles::organisation_info(2), None);
	});
}

#[test]
fn no_single_account_can() {
	on_chain(|| {
		seats(&["//A"]);
		for uri in ["//A", "//Admin", "//Stranger"] {
			let origin = RuntimeOrigin::signed(account(uri));
			assert_noop!(
				Roles::suspend_organisation(origin.clone(), 1),
				DispatchError::BadOrigin
			);
			assert_noop!(
				Upgrades::authorize(origin, Hash::repeat_byte(1)),
				DispatchError::BadOrigin
			);
		}
	});
}

#[test]
fn two_thirds_of_the_council_authorise_a_runtime() {
	on_chain(|| {
		seats(&["//A", "//B", "//C"]);
		let code_hash = Hash::repeat_byte(9);
		let authorize = || pallet_upgrades_call(code_hash);
		decide(&["//A"], authorize());
		assert_eq!(authorised(), None);
		decide(&["//A", "//B"], authorize());
		assert_eq!(authorised(), Some(code_hash));
	});
}

#[test]
fn another_code_than_the_authorised_one_is_refused() {
	on_chain(|| {
		assert_ok!(Upgrades::authorize(
			RuntimeOrigin::root(),
			Hash::repeat_byte(9)
		));
		let anyone = RuntimeOrigin::signed(account("//Stranger"));
		assert_noop!(
			System::apply_authorized_upgrade(anyone, b"other code".to_vec()),
			frame_system::Error::<Runtime>::Unauthorized
		);
	});
}

fn pallet_upgrades_call(code_hash: Hash) -> RuntimeCall {
	RuntimeCall::Upgrades(salus_runtime::upgrades::Call::authorize { code_hash })
}
