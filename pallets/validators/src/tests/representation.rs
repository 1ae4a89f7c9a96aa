//! Representatives of hospitals: the one to be replaced is notified and has time to object.

use super::*;

/// Sets up hospital 1, which runs validator 1; 11 votes for it, and 1001 and 2001 administer it.
fn run_test(run: impl FnOnce()) {
	build_and_execute(|| {
		assign_all();
		run();
	});
}

fn represent(who: AccountId, representative: AccountId) -> sp_runtime::DispatchResult {
	Pallet::<Test>::represent(signed(who), 1, representative)
}

fn agree(who: AccountId, representative: AccountId) -> sp_runtime::DispatchResult {
	Pallet::<Test>::agree(signed(who), 1, representative)
}

fn object(who: AccountId) -> sp_runtime::DispatchResult {
	Pallet::<Test>::object(signed(who), 1).map(drop).map_err(|refused| refused.error)
}

/// Confirms as a stranger, because anyone may.
fn confirm() -> sp_runtime::DispatchResult {
	Pallet::<Test>::confirm(signed(99), 1)
}

fn appoint(representative: AccountId) -> sp_runtime::DispatchResult {
	Pallet::<Test>::appoint(root(), 1, representative)
}

fn votes() -> AccountId {
	Validators::<Test>::get()[0].representative
}

#[test]
fn the_old_representative_votes_until_the_period_ends() {
	run_test(|| {
		let from = System::block_number() + NOTICE;
		assert_ok!(represent(admin(1), 50));
		System::assert_last_event(
			Event::<Test>::Nominated {
				validator: 1,
				replaced: 11,
				representative: 50,
				from: Some(from),
			}
			.into(),
		);
		assert_eq!(votes(), 11);
		assert_eq!(Seats::get(), [11, 12, 13, 14]);
		run(NOTICE - 1);
		assert_noop!(confirm(), E::TooEarly);
		run(1);
		// The end of the period has no effect by itself.
		assert_eq!(votes(), 11);
		let rotations = Rotations::<Test>::get();
		assert_ok!(confirm());
		System::assert_last_event(
			Event::<Test>::Represented { validator: 1, representative: 50 }.into(),
		);
		assert_eq!(Seats::get(), [12, 13, 14, 50]);
		// The set is unchanged, so no session ends for it.
		assert_eq!(Rotations::<Test>::get(), rotations);
		assert_noop!(confirm(), E::NoNomination);
	});
}

#[test]
fn only_admins_of_an_active_hospital_nominate() {
	build_and_execute(|| {
		assert_noop!(represent(admin(1), 50), E::NotAdministrator);
		assign_all();
		for who in [1, 11, admin(2)] {
			assert_noop!(represent(who, 50), E::NotAdministrator);
		}
		assert_noop!(Pallet::<Test>::represent(signed(admin(1)), 9, 50), E::NotValidator);
		Roles::suspend_organisation(1);
		assert_noop!(represent(admin(1), 50), E::NotAdministrator);
	});
}

#[test]
fn a_consenting_representative_is_replaced_at_once() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		for who in [1, 12, 50, admin(1)] {
			assert_noop!(agree(who, 50), E::NotRepresentative);
		}
		assert_ok!(agree(11, 50));
		assert_eq!(votes(), 50);
		assert_eq!(Nominations::<Test>::get(1), None);
		// An administrator can also be the representative.
		assert_ok!(appoint(admin(1)));
		assert_ok!(represent(admin(1), 51));
		assert_eq!(votes(), 51);
	});
}

#[test]
fn an_agreement_holds_only_for_the_named_account() {
	run_test(|| {
		assert_noop!(agree(11, 50), E::NoNomination);
		assert_ok!(represent(admin(1), 50));
		assert_ok!(represent(deputy(1), 66));
		assert_noop!(agree(11, 50), E::NoNomination);
		assert_eq!(votes(), 11);
	});
}

#[test]
fn after_an_objection_time_alone_does_not_decide() {
	run_test(|| {
		assert_noop!(object(11), E::NoNomination);
		assert_ok!(represent(admin(1), 50));
		for who in [1, 12, 50, admin(2), 99] {
			assert_noop!(object(who), E::NotRepresentative);
		}
		assert_ok!(object(11));
		System::assert_last_event(
			Event::<Test>::Objected { validator: 1, representative: 50 }.into(),
		);
		assert_noop!(object(11), E::ObjectionStands);
		run(10 * NOTICE);
		assert_noop!(confirm(), E::ObjectionStands);
		// The objection also holds against later nominations, so nobody has to object every day.
		for who in [admin(1), deputy(1)] {
			assert_ok!(represent(who, 51));
			run(10 * NOTICE);
			assert_noop!(confirm(), E::ObjectionStands);
		}
		assert_eq!(votes(), 11);
		// The representative can still agree.
		assert_ok!(agree(11, 51));
		assert_eq!(votes(), 51);
		// A settled objection no longer counts.
		assert_ok!(represent(admin(1), 52));
		run(NOTICE);
		assert_ok!(confirm());
	});
}

#[test]
fn an_objection_counts_until_confirmation() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		run(2 * NOTICE);
		assert_ok!(object(11));
		assert_noop!(confirm(), E::ObjectionStands);
	});
}

#[test]
fn another_administrator_can_object() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		assert_ok!(object(deputy(1)));
		run(NOTICE);
		assert_noop!(confirm(), E::ObjectionStands);
	});
}

#[test]
fn a_successful_objection_is_free() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		let paid = Pallet::<Test>::object(signed(11), 1).expect("the first objection counts");
		assert_eq!(paid.pays_fee, frame_support::dispatch::Pays::No);
		let refused = Pallet::<Test>::object(signed(11), 1).expect_err("the second one is refused");
		assert_eq!(refused.post_info.pays_fee, frame_support::dispatch::Pays::Yes);
	});
}

#[test]
fn a_new_nomination_restarts_the_period() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		run(NOTICE - 1);
		assert_ok!(represent(admin(1), 51));
		run(NOTICE - 1);
		assert_noop!(confirm(), E::TooEarly);
		run(1);
		assert_ok!(confirm());
		assert_eq!(votes(), 51);
	});
}

#[test]
fn the_council_appoints_despite_an_objection() {
	run_test(|| {
		for who in [11, admin(1), 99] {
			assert_noop!(Pallet::<Test>::appoint(signed(who), 1, 50), BadOrigin);
		}
		assert_ok!(represent(admin(1), 50));
		assert_ok!(object(11));
		assert_ok!(appoint(50));
		assert_eq!(votes(), 50);
		assert_eq!(Seats::get(), [12, 13, 14, 50]);
		assert_eq!(Nominations::<Test>::get(1), None);
	});
}

#[test]
fn the_council_appoints_for_an_unassigned_validator() {
	build_and_execute(|| {
		assert_ok!(appoint(50));
		assert_eq!(votes(), 50);
		assert_noop!(agree(50, 51), E::NoNomination);
		assert_noop!(object(50), E::NoNomination);
		assert_noop!(confirm(), E::NoNomination);
	});
}

#[test]
fn a_nomination_ends_with_its_authors_administration() {
	run_test(|| {
		assert_ok!(represent(deputy(1), 66));
		Roles::dismiss(1, deputy(1));
		run(NOTICE);
		assert_noop!(confirm(), E::NotAdministrator);
		assert_noop!(agree(11, 66), E::NotAdministrator);
		// Another administrator names somebody else. An objection to a dismissed administrator's
		// nomination does not delay this.
		assert_ok!(object(11));
		assert_ok!(represent(admin(1), 50));
		run(NOTICE);
		assert_ok!(confirm());
		assert_eq!(votes(), 50);
	});
}

#[test]
fn a_suspended_hospital_cannot_change_its_representative() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		Roles::suspend_organisation(1);
		run(NOTICE);
		assert_noop!(confirm(), E::NotAdministrator);
		// The representative can still object.
		assert_ok!(object(11));
	});
}

#[test]
fn an_account_never_gets_a_second_seat() {
	run_test(|| {
		assert_ok!(represent(admin(1), 50));
		assert_ok!(Pallet::<Test>::appoint(root(), 2, 50));
		run(NOTICE);
		assert_noop!(confirm(), E::AlreadySeated);
		assert_noop!(agree(11, 50), E::AlreadySeated);
		assert_noop!(represent(admin(1), 50), E::AlreadySeated);
		assert_noop!(appoint(50), E::AlreadySeated);
	});
}

#[test]
fn a_nomination_follows_the_hospital_and_ends_with_its_seat() {
	run_test(|| {
		register(5, 5);
		assert_ok!(represent(admin(1), 50));
		assert_ok!(Pallet::<Test>::replace(root(), 1, 5));
		assert_noop!(confirm(), E::NotValidator);
		run(NOTICE);
		assert_ok!(Pallet::<Test>::confirm(signed(99), 5));
		assert_eq!(votes(), 50);
		assert_ok!(Pallet::<Test>::represent(signed(admin(1)), 5, 51));
		assert_ok!(Pallet::<Test>::remove(root(), 5));
		assert_eq!(Nominations::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_wrong_nomination_is_detected() {
	new_test_ext().execute_with(|| {
		assign_all();
		let nomination = |from| Nomination { representative: 50, by: admin(1), from };
		Nominations::<Test>::insert(9, nomination(None));
		assert!(Pallet::<Test>::do_try_state().is_err());
		Nominations::<Test>::remove(9);
		Nominations::<Test>::insert(1, nomination(Some(System::block_number() + NOTICE + 1)));
		assert!(Pallet::<Test>::do_try_state().is_err());
		Nominations::<Test>::insert(1, nomination(Some(System::block_number() + NOTICE)));
		assert!(Pallet::<Test>::do_try_state().is_ok());
	});
}
