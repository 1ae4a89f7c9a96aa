//! What the council may do, and that nobody else may.

use crate::common::*;
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok, traits::ChangeMembers};
use pallet_collective::Instance1;
use salus_primitives::{OrganisationKind, OrganisationStatus};
use salus_runtime::{
	AccountId, BlockNumber, Council, Hash, Roles, Runtime, RuntimeCall, RuntimeOrigin, SessionKeys,
	System, Upgrades, Validators,
};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash as _},
	DispatchError,
};

/// Gives these accounts the seats, as `pallet-validators` does.
fn seats(uris: &[&str]) {
	let mut members: Vec<_> = uris.iter().map(|uri| account(uri)).collect();
	members.sort();
	let before = pallet_collective::Members::<Runtime, Instance1>::get();
	Council::set_members_sorted(&members, &before);
}

#[test]
fn seats_come_with_validators_only() {
	on_chain(|| {
		for origin in [
			RuntimeOrigin::root(),
			RuntimeOrigin::signed(account("//Alice")),
		] {
			assert_noop!(
				Council::set_members(origin, vec![account("//A")], None, 1),
				DispatchError::BadOrigin
			);
		}
	});
}

/// Registers session keys for an account and gives it so much to pay with.
fn keys(uri: &str, seed: u8) {
	let public = sp_core::sr25519::Public::from_raw([seed; 32]);
	let keys = SessionKeys {
		aura: public.into(),
		grandpa: sp_core::ed25519::Public::from_raw([seed; 32]).into(),
		committee: public.into(),
		authority_discovery: public.into(),
	};
	pallet_session::NextKeys::<Runtime>::insert(account(uri), keys);
}

fn add(validator: &str, organisation: u32, representative: &str) -> RuntimeCall {
	pallet_validators::Call::add {
		validator: account(validator),
		organisation,
		representative: account(representative),
	}
	.into()
}

#[test]
fn two_thirds_of_the_council_add_a_validator_whose_hospital_votes_from_then_on() {
	on_chain(|| {
		keys("//V2", 2);
		decide(&["//Alice"], add("//V2", 1, "//Vote2"));
		let seats = pallet_collective::Members::<Runtime, Instance1>::get();
		assert_eq!(seats.len(), 2);
		assert!(seats.contains(&account("//Vote2")));
		// One of two is half of the council, and less than two thirds.
		keys("//V3", 3);
		assert_ok!(Roles::register_organisation(
			RuntimeOrigin::root(),
			OrganisationKind::Hospital,
			vec![account("//Admin3")]
				.try_into()
				.expect("one is few enough"),
			[3; 32],
		));
		decide(&["//Alice"], add("//V3", 2, "//Vote3"));
		assert_eq!(Validators::set().validators.len(), 2);
		decide(&["//Alice", "//Vote2"], add("//V3", 2, "//Vote3"));
		assert_eq!(Validators::set().validators.len(), 3);
	});
}

#[test]
fn nobody_leaves_the_set_by_dropping_their_keys() {
	on_chain(|| {
		let purge = RuntimeCall::from(pallet_session::Call::<Runtime>::purge_keys {});
		let refused = purge
			.dispatch(RuntimeOrigin::signed(account("//Alice")))
			.expect_err("it is filtered");
		assert_eq!(
			refused.error,
			frame_system::Error::<Runtime>::CallFiltered.into()
		);
	});
}

#[test]
fn votes_of_a_hospital_that_left_do_not_count() {
	on_chain(|| {
		keys("//V2", 2);
		decide(&["//Alice"], add("//V2", 1, "//Vote2"));
		let call: RuntimeCall = register().into();
		let hash = BlakeTwo256::hash_of(&call);
		let length = call.encoded_size() as u32;
		let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
		assert_ok!(Council::propose(
			RuntimeOrigin::signed(account("//Vote2")),
			2,
			Box::new(call),
			length
		));
		assert_ok!(Council::vote(
			RuntimeOrigin::signed(account("//Vote2")),
			hash,
			index,
			true
		));
		// The pallet keeps its votes to itself: index, threshold, who is for it, who is against it, until when.
		type Votes = (u32, u32, Vec<AccountId>, Vec<AccountId>, BlockNumber);
		let ayes = || {
			let votes = pallet_collective::Voting::<Runtime, Instance1>::get(hash);
			let votes = votes.expect("it is open").encode();
			let votes = Votes::decode(&mut &votes[..]).expect("it is a motion's");
			votes.2.len()
		};
		assert_eq!(ayes(), 1);
		let remove = pallet_validators::Call::<Runtime>::remove {
			validator: account("//V2"),
		};
		assert_ok!(RuntimeCall::from(remove).dispatch(RuntimeOrigin::root()));
		assert_eq!(ayes(), 0);
	});
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
