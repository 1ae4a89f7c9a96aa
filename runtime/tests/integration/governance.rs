//! Powers of the council, which nobody else has.

use crate::common::*;
use codec::{Decode, Encode};
use frame_support::{
	assert_noop, assert_ok, dispatch::GetDispatchInfo, traits::ChangeMembers, BoundedVec,
};
use pallet_collective::Instance1;
use pallet_validators::Validator;
use salus_primitives::{OrganisationKind, OrganisationStatus, Role, MAX_COMMITTEE, MAX_VALIDATORS};
use salus_runtime::{
	units::{DAYS, DAY_MILLIS},
	AccountId, BlockNumber, Committee, Council, Hash, Roles, Runtime, RuntimeCall, RuntimeOrigin,
	Session, SessionKeys, System, Upgrades, Validators,
};
use sp_runtime::{
	traits::{BlakeTwo256, Dispatchable, Hash as _},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};

const PAYMENT: TransactionValidityError =
	TransactionValidityError::Invalid(InvalidTransaction::Payment);

/// Gives these accounts validators that belong to no hospital yet, and the seats that come with
/// them.
fn seats(uris: &[&str]) {
	let validators = uris.iter().map(|uri| Validator {
		account: account(uri),
		representative: account(uri),
		organisation: None,
		since: Some(0),
	});
	pallet_validators::Validators::<Runtime>::put(BoundedVec::truncate_from(validators.collect()));
	let mut members: Vec<_> = uris.iter().map(|uri| account(uri)).collect();
	members.sort();
	let before = pallet_collective::Members::<Runtime, Instance1>::get();
	Council::set_members_sorted(&members, &before);
}

/// Registers a hospital with this administrator and returns its number.
fn hospital(admin: &str) -> u32 {
	assert_ok!(Roles::register_organisation(
		RuntimeOrigin::root(),
		OrganisationKind::Hospital,
		vec![account(admin)].try_into().expect("one is few enough"),
		[3; 32],
	));
	pallet_roles::OrganisationCount::<Runtime>::get()
}

/// Creates hospitals with a seat and an administrator each: `//A` votes for the hospital of
/// `//Admin-A`.
fn hospitals(uris: &[&str]) -> Vec<u32> {
	seats(uris);
	uris.iter()
		.map(|uri| {
			let organisation = hospital(&format!("//Admin-{}", &uri[2..]));
			assert_ok!(Validators::assign(RuntimeOrigin::root(), account(uri), organisation));
			organisation
		})
		.collect()
}

#[test]
fn seats_come_only_with_validators() {
	on_chain(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::signed(account("//Alice"))] {
			assert_noop!(
				Council::set_members(origin, vec![account("//A")], None, 1),
				DispatchError::BadOrigin
			);
		}
	});
}

/// Registers session keys for an account and gives it tokens for the deposit and fees.
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

/// Records that hospital 1 runs the validator of the development chain.
fn assign_alice() {
	assert_ok!(Validators::assign(RuntimeOrigin::root(), account("//Alice"), 1));
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
fn two_thirds_add_a_validator_whose_hospital_then_votes() {
	on_chain(|| {
		keys("//V2", 2);
		assign_alice();
		decide(&["//Alice"], add("//V2", hospital("//Admin2"), "//Vote2"));
		let seats = pallet_collective::Members::<Runtime, Instance1>::get();
		assert_eq!(seats.len(), 2);
		assert!(seats.contains(&account("//Vote2")));
		// One of two is less than two thirds.
		keys("//V3", 3);
		let third = hospital("//Admin3");
		decide(&["//Alice"], add("//V3", third, "//Vote3"));
		assert_eq!(Validators::set().validators.len(), 2);
		decide(&["//Alice", "//Vote2"], add("//V3", third, "//Vote3"));
		assert_eq!(Validators::set().validators.len(), 3);
	});
}

/// Returns the keys of the latest epoch's members. In the presets, they are the validators'
/// accounts.
fn members() -> Vec<AccountId> {
	let latest = Committee::epoch_info(Committee::current_epoch()).expect("there is one");
	latest.members.into_iter().map(|member| member.id.into()).collect()
}

#[test]
fn two_thirds_of_the_council_elect_the_committee() {
	let minimum = serde_json::json!({ "validators": { "minimum": 3 } });
	on_chain_of("local_testnet", minimum, || {
		let four = ["//Alice", "//Bob", "//Charlie", "//Dave"];
		assert_eq!(members(), four.map(account));
		let elect = || {
			let members = ["//Dave", "//Bob", "//Charlie"].map(account).to_vec();
			let members = BoundedVec::truncate_from(members);
			pallet_committee::Call::<Runtime>::elect { members }
		};
		decide(&four[..2], elect());
		Session::rotate_session();
		assert_eq!(members(), four.map(account));
		decide(&four[..3], elect());
		assert_eq!(members(), four.map(account));
		Session::rotate_session();
		assert_eq!(members(), ["//Bob", "//Charlie", "//Dave"].map(account));
		// The committee does not shrink with the set.
		assert_ok!(Validators::remove(RuntimeOrigin::root(), account("//Bob")));
		Session::rotate_session();
		Session::rotate_session();
		assert_eq!(members(), ["//Alice", "//Charlie", "//Dave"].map(account));
	});
}

#[test]
fn a_removed_validator_cannot_be_elected() {
	let minimum = serde_json::json!({ "validators": { "minimum": 3 } });
	on_chain_of("local_testnet", minimum, || {
		// The removed validator takes part until the session ends.
		assert_ok!(Validators::remove(RuntimeOrigin::root(), account("//Bob")));
		assert!(Session::validators().contains(&account("//Bob")));
		let members = ["//Alice", "//Bob", "//Charlie"].map(account).to_vec();
		assert_noop!(
			Committee::elect(RuntimeOrigin::root(), BoundedVec::truncate_from(members)),
			pallet_committee::Error::<Runtime>::NotValidator
		);
	});
}

#[test]
fn a_hundred_validators_have_a_committee_of_sixteen() {
	on_chain(|| {
		assign_alice();
		let add = |number: u32| {
			let validator = format!("//V{number}");
			keys(&validator, number as u8);
			let organisation = hospital(&format!("//Admin{number}"));
			let representative = account(&format!("//Vote{number}"));
			let root = RuntimeOrigin::root();
			Validators::add(root, account(&validator), organisation, representative)
		};
		for number in 2..=MAX_VALIDATORS {
			assert_ok!(add(number));
		}
		let full = pallet_validators::Error::<Runtime>::Full.into();
		assert_eq!(add(MAX_VALIDATORS + 1), Err(full));
		Session::rotate_session();
		Session::rotate_session();
		assert_eq!(Session::validators().len(), MAX_VALIDATORS as usize);
		assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), MAX_VALIDATORS as usize);
		let seats = pallet_collective::Members::<Runtime, Instance1>::get();
		assert_eq!(seats.len(), MAX_VALIDATORS as usize);
		let key = |number: u32| AccountId::from([number as u8; 32]);
		let first: Vec<_> = (2..=MAX_COMMITTEE).map(key).collect();
		assert_eq!(members()[0], account("//Alice"));
		assert_eq!(members()[1..], first);
		let last: Vec<_> = (97..=100).map(|number| account(&format!("//V{number}"))).collect();
		let elected = BoundedVec::truncate_from(last);
		assert_ok!(Committee::elect(RuntimeOrigin::root(), elected));
		Session::rotate_session();
		assert_eq!(members(), (97..=100).map(key).collect::<Vec<_>>());
	});
}

#[test]
fn nobody_leaves_the_set_by_purging_their_keys() {
	on_chain(|| {
		let purge = RuntimeCall::from(pallet_session::Call::<Runtime>::purge_keys {});
		let refused =
			purge.dispatch(RuntimeOrigin::signed(account("//Alice"))).expect_err("it is filtered");
		assert_eq!(refused.error, frame_system::Error::<Runtime>::CallFiltered.into());
	});
}

#[test]
fn votes_of_a_removed_hospital_do_not_count() {
	on_chain(|| {
		keys("//V2", 2);
		assign_alice();
		decide(&["//Alice"], add("//V2", hospital("//Admin2"), "//Vote2"));
		let (hash, index) = proposed("//Vote2", 2, register()).expect("it has a seat");
		assert_ok!(Council::vote(RuntimeOrigin::signed(account("//Vote2")), hash, index, true));
		// Form of the pallet's private votes: index, threshold, ayes, nays, end.
		type Votes = (u32, u32, Vec<AccountId>, Vec<AccountId>, BlockNumber);
		let ayes = || {
			let votes = pallet_collective::Voting::<Runtime, Instance1>::get(hash);
			let votes = votes.expect("it is open").encode();
			let votes = Votes::decode(&mut &votes[..]).expect("it is a motion's");
			votes.2.len()
		};
		assert_eq!(ayes(), 1);
		let remove = pallet_validators::Call::<Runtime>::remove { validator: account("//V2") };
		assert_ok!(RuntimeCall::from(remove).dispatch(RuntimeOrigin::root()));
		assert_eq!(ayes(), 0);
	});
}

/// Proposes a call and returns the motion's hash and number.
fn proposed(
	uri: &str,
	threshold: u32,
	call: impl Into<RuntimeCall>,
) -> Result<(Hash, u32), DispatchError> {
	let call: RuntimeCall = call.into();
	let hash = BlakeTwo256::hash_of(&call);
	let length = call.encoded_size() as u32;
	let index = pallet_collective::ProposalCount::<Runtime, Instance1>::get();
	let proposer = RuntimeOrigin::signed(account(uri));
	let call = RuntimeCall::from(pallet_collective::Call::<Runtime, Instance1>::propose {
		threshold,
		proposal: Box::new(call),
		length_bound: length,
	});
	call.dispatch(proposer).map_err(|refused| refused.error)?;
	Ok((hash, index))
}

/// Votes for a motion.
fn approve(yes: &[&str], (hash, index): (Hash, u32)) {
	for uri in yes {
		let seat = RuntimeOrigin::signed(account(uri));
		assert_ok!(Council::vote(seat, hash, index, true));
	}
}

fn close((hash, index): (Hash, u32)) -> Result<(), DispatchError> {
	let anyone = RuntimeOrigin::signed(account("//Stranger"));
	let call = pallet_collective::ProposalOf::<Runtime, Instance1>::get(hash).expect("it is open");
	let weight = call.get_dispatch_info().call_weight;
	Council::close(anyone, hash, index, weight, 1_000).map(drop).map_err(|refused| refused.error)
}

/// Returns the number of votes that decides a motion.
fn two_thirds() -> u32 {
	let seats = pallet_collective::Members::<Runtime, Instance1>::get().len() as u32;
	(2 * seats).div_ceil(3)
}

/// Proposes, votes and closes, where that many votes are enough; the outcome shows in the state.
fn decide(yes: &[&str], call: impl Into<RuntimeCall>) {
	let (call, needed) = (call.into(), two_thirds());
	let open = pallet_collective::Proposals::<Runtime, Instance1>::get();
	let known = BlakeTwo256::hash_of(&call);
	let motion = if open.contains(&known) {
		let votes = pallet_collective::Voting::<Runtime, Instance1>::hashed_key_for(known);
		let index: u32 = frame_support::storage::unhashed::get(&votes).expect("it is open");
		(known, index)
	} else {
		proposed(yes[0], needed, call).expect("there is room for a motion")
	};
	if needed > 1 {
		for uri in yes {
			let seat = RuntimeOrigin::signed(account(uri));
			let _ = Council::vote(seat, motion.0, motion.1, true);
		}
		let closed = close(motion).is_ok();
		assert_eq!(closed, yes.len() as u32 >= needed);
	}
}

fn register() -> pallet_roles::Call<Runtime> {
	pallet_roles::Call::register_organisation {
		kind: OrganisationKind::Laboratory,
		admins: vec![account("//Lab")].try_into().expect("one is few enough"),
		profile: [3; 32],
	}
}

fn authorised() -> Option<Hash> {
	System::authorized_upgrade().map(|authorisation| *authorisation.code_hash())
}

#[test]
fn two_thirds_of_the_council_register_and_suspend_organisations() {
	on_chain(|| {
		seats(&["//A", "//B", "//C", "//D"]);
		decide(&["//A", "//B"], register());
		assert_eq!(Roles::organisation_info(2), None);
		decide(&["//A", "//B", "//C"], register());
		let lab = Roles::organisation_info(2).expect("it was registered");
		assert_eq!(lab.kind, OrganisationKind::Laboratory);
		let suspend = pallet_roles::Call::<Runtime>::suspend_organisation { organisation: 2 };
		decide(&["//B", "//C", "//D"], suspend);
		let lab = Roles::organisation_info(2).expect("it stays");
		assert_eq!(lab.status, OrganisationStatus::Suspended);
	});
}

/// A motion with another threshold once kept the one that three of four wanted out for seven days.
#[test]
fn a_motion_names_the_votes_that_decide_it() {
	on_chain(|| {
		seats(&["//A", "//B", "//C", "//D"]);
		for threshold in [0, 1, 2, 4, 5, u32::MAX] {
			assert_eq!(
				proposed("//D", threshold, register()),
				Err(frame_system::Error::<Runtime>::CallFiltered.into()),
				"{threshold}"
			);
		}
		assert!(proposed("//D", 3, register()).is_ok());
		// The others vote for that one.
		decide(&["//A", "//B", "//C"], register());
		assert!(Roles::organisation_info(2).is_some());
	});
}

/// An administrator uses up what the hospital has for its staff, and names another representative.
#[test]
fn a_representative_answers_when_the_allowance_is_used_up() {
	on_chain(|| {
		hospitals(&["//A", "//B", "//C", "//D"]);
		admit("//C", Role::Practitioner);
		let used_up = pallet_roles::Usage { period: START / DAY_MILLIS, spent: u128::MAX };
		pallet_roles::OrganisationUsages::<Runtime>::insert(1, used_up);
		let (admin, seat, next) = (account("//Admin-C"), account("//C"), account("//Next"));
		assert_ok!(Validators::represent(RuntimeOrigin::signed(admin), seat.clone(), next));
		let object = || pallet_validators::Call::object { validator: seat.clone() };
		assert_eq!(send("//C", object()), Ok(Ok(())));
		assert_eq!(send("//C", object()), Err(PAYMENT));
	});
}

/// A representative has no allowance and need not have tokens.
#[test]
fn a_representative_answers_a_nomination_for_free() {
	on_chain(|| {
		hospitals(&["//A", "//B", "//C", "//D"]);
		let represent = || {
			let (admin, seat, next) = (account("//Admin-C"), account("//C"), account("//Next"));
			assert_ok!(Validators::represent(RuntimeOrigin::signed(admin), seat, next));
		};
		let object = || pallet_validators::Call::object { validator: account("//C") };
		let agree = || pallet_validators::Call::agree {
			validator: account("//C"),
			representative: account("//Next"),
		};
		assert_eq!(balance("//C"), 0);
		// Only an answer that succeeds is free, and so nobody floods the chain with it.
		assert_eq!(send("//C", object()), Err(PAYMENT));
		assert_eq!(send("//C", agree()), Err(PAYMENT));
		represent();
		assert_eq!(send("//D", object()), Err(PAYMENT));
		assert_eq!(send("//C", object()), Ok(Ok(())));
		assert_eq!(send("//C", object()), Err(PAYMENT));
		assert_eq!(send("//C", agree()), Ok(Ok(())));
		assert_eq!(send("//C", agree()), Err(PAYMENT));
	});
}

#[test]
fn no_single_account_can_act_for_the_council() {
	on_chain(|| {
		seats(&["//A"]);
		for uri in ["//A", "//Admin", "//Stranger"] {
			let origin = RuntimeOrigin::signed(account(uri));
			assert_noop!(Roles::suspend_organisation(origin.clone(), 1), DispatchError::BadOrigin);
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
fn half_of_the_council_cannot_take_a_third_seat() {
	on_chain(|| {
		let organisations = hospitals(&["//A", "//B", "//C", "//D"]);
		let set_admins = pallet_roles::Call::<Runtime>::set_admins {
			organisation: organisations[2],
			admins: vec![account("//M")].try_into().expect("one is few enough"),
		};
		decide(&["//A", "//B"], set_admins.clone());
		let admins = || Roles::organisation_info(organisations[2]).map(|info| info.admins);
		assert_eq!(admins(), Some(vec![account("//Admin-C")]));
		let represent = |admin: &str| {
			let admin = RuntimeOrigin::signed(account(admin));
			Validators::represent(admin, account("//C"), account("//M"))
		};
		assert_noop!(represent("//M"), pallet_validators::Error::<Runtime>::NotAdministrator);
		// An administrator of the hospital cannot take its seat against its representative either.
		assert_ok!(represent("//Admin-C"));
		assert_ok!(Validators::object(RuntimeOrigin::signed(account("//C")), account("//C")));
		System::set_block_number(System::block_number() + 2 * DAYS);
		assert_noop!(
			Validators::confirm(RuntimeOrigin::signed(account("//M")), account("//C")),
			pallet_validators::Error::<Runtime>::ObjectionStands
		);
		// Nor can half of the council silence it.
		let suspend =
			pallet_roles::Call::<Runtime>::suspend_organisation { organisation: organisations[2] };
		decide(&["//A", "//B"], suspend);
		let status = Roles::organisation_info(organisations[2]).map(|info| info.status);
		assert_eq!(status, Some(OrganisationStatus::Active));
		// Two thirds can decide all of it.
		decide(&["//A", "//B", "//D"], set_admins);
		assert_eq!(admins(), Some(vec![account("//M")]));
	});
}

#[test]
fn a_representative_has_a_day_to_object() {
	on_chain(|| {
		hospitals(&["//A", "//B", "//C", "//D"]);
		let now = System::block_number();
		assert_ok!(Validators::represent(
			RuntimeOrigin::signed(account("//Admin-C")),
			account("//C"),
			account("//C2")
		));
		let confirm =
			|| Validators::confirm(RuntimeOrigin::signed(account("//Anyone")), account("//C"));
		System::set_block_number(now + DAYS - 1);
		assert_noop!(confirm(), pallet_validators::Error::<Runtime>::TooEarly);
		System::set_block_number(now + DAYS);
		assert_ok!(confirm());
		let seats = pallet_collective::Members::<Runtime, Instance1>::get();
		assert!(seats.contains(&account("//C2")) && !seats.contains(&account("//C")));
	});
}

#[test]
fn silence_is_not_consent() {
	on_chain(|| {
		seats(&["//A", "//B", "//C", "//D", "//E", "//F", "//G"]);
		// More than half, but less than two thirds. The others do not vote while the motion is
		// open.
		let motion = proposed("//A", 5, pallet_upgrades_call(Hash::repeat_byte(9)))
			.expect("there is room for it");
		approve(&["//A", "//B", "//C", "//D"], motion);
		System::set_block_number(System::block_number() + 8 * DAYS);
		assert_ok!(close(motion));
		assert_eq!(authorised(), None);
	});
}

#[test]
fn one_seat_cannot_fill_the_list_of_motions() {
	on_chain(|| {
		let seated: Vec<_> = (0..MAX_VALIDATORS).map(|seat| format!("//Seat{seat}")).collect();
		let seated: Vec<_> = seated.iter().map(String::as_str).collect();
		seats(&seated);
		let remark = |number: u32| frame_system::Call::<Runtime>::remark {
			remark: number.to_le_bytes().to_vec(),
		};
		let mut first = None;
		for (number, seat) in (0..).zip(seated.iter().flat_map(|seat| [seat; 4])) {
			let motion = proposed(seat, two_thirds(), remark(number)).expect("every seat has four");
			first.get_or_insert(motion);
			if number % 4 == 3 && number < 399 {
				assert_eq!(
					proposed(seat, two_thirds(), remark(1_000)),
					Err(pallet_validators::Error::<Runtime>::TooManyMotions.into())
				);
			}
		}
		// A motion that ends makes room for the seat that proposed it.
		let first = first.expect("there were some");
		approve(&seated[..67], first);
		assert_ok!(close(first));
		assert!(proposed("//Seat1", two_thirds(), remark(1_000)).is_err());
		assert!(proposed("//Seat0", two_thirds(), remark(1_000)).is_ok());
	});
}

#[test]
fn code_other_than_the_authorised_one_is_refused() {
	on_chain(|| {
		assert_ok!(Upgrades::authorize(RuntimeOrigin::root(), Hash::repeat_byte(9)));
		let anyone = RuntimeOrigin::signed(account("//Stranger"));
		assert_noop!(
			System::apply_authorized_upgrade(anyone, b"other code".to_vec()),
			frame_system::Error::<Runtime>::Unauthorized
		);
	});
}

fn pallet_upgrades_call(code_hash: Hash) -> RuntimeCall {
	RuntimeCall::Upgrades(pallet_upgrades::Call::authorize { code_hash })
}
