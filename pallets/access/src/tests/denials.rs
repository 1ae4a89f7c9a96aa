//! Floods of requests: the quota of denials, the fee beyond it, and the limits of a reader.

use super::*;

fn used(pool: Pool) -> u32 {
	DenialUsages::<Test>::get(pool).used
}

/// Returns a new nurse each time, so that the limit for one reader is not reached.
fn denied_nurse(number: u64) -> AccountId {
	let nurse = 1_000 + number;
	Roles::admit(nurse, Role::Practitioner, Some(HOSPITAL));
	nurse
}

fn use_up_the_quota() {
	for number in 0..u64::from(QUOTA) {
		asked(denied_nurse(number), LAB);
	}
}

#[test]
fn a_denial_draws_on_the_quota_of_the_readers_organisation() {
	build_and_execute(|| {
		asked(NURSE, LAB);
		asked(CHEMIST, LAB);
		asked(NURSE, FOREIGN);
		assert_eq!(used(Pool::Staff(HOSPITAL)), 2);
		assert_eq!(used(Pool::Staff(PHARMACY)), 1);
		asked(DOCTOR, LAB);
		assert_eq!(used(Pool::Staff(HOSPITAL)), 2);
	});
}

#[test]
fn patients_and_staff_draw_on_separate_quotas() {
	build_and_execute(|| {
		asked(OTHER_PATIENT, LAB);
		assert_eq!(last_entry(PATIENT).organisation, None);
		assert_eq!(used(Pool::Patients(HOSPITAL)), 1);
		assert_eq!(used(Pool::Staff(HOSPITAL)), 0);
	});
}

#[test]
fn beyond_the_quota_the_reader_pays_and_is_logged() {
	build_and_execute(|| {
		use_up_the_quota();
		let reader = denied_nurse(99);
		let _ = <Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(&reader, 25);
		let issued = pallet_balances::TotalIssuance::<Test>::get();
		events();
		asked(reader, LAB);
		assert_eq!(Balances::free_balance(reader), 15);
		assert_eq!(pallet_balances::TotalIssuance::<Test>::get(), issued - FEE);
		assert!(events().contains(&Event::DenialPaid { reader, fee: FEE }));
		assert_eq!(last_entry(PATIENT).actor, reader);
		assert_eq!(used(Pool::Staff(HOSPITAL)), QUOTA);
	});
}

#[test]
fn beyond_the_quota_a_reader_without_tokens_is_refused() {
	build_and_execute(|| {
		use_up_the_quota();
		let reader = denied_nurse(99);
		assert_noop!(ask(reader, LAB), Error::<Test>::DenialQuotaExhausted);
		// Permitted requests do not draw on the quota.
		asked(DOCTOR, LAB);
		// Other organisations have their own quota.
		asked(CHEMIST, LAB);
	});
}

#[test]
fn without_a_fee_nothing_is_logged_beyond_the_quota() {
	build_and_execute(|| {
		use_up_the_quota();
		DenialFee::set(0);
		let reader = denied_nurse(99);
		assert_noop!(ask(reader, LAB), Error::<Test>::DenialQuotaExhausted);
	});
}

#[test]
fn the_quota_is_renewed_each_day() {
	build_and_execute(|| {
		use_up_the_quota();
		wait(12 * HOUR - 1);
		let reader = denied_nurse(99);
		assert_noop!(ask(reader, LAB), Error::<Test>::DenialQuotaExhausted);
		wait(1);
		asked(reader, LAB);
		assert_eq!(used(Pool::Staff(HOSPITAL)), 1);
	});
}

#[test]
fn a_reader_without_an_organisation_pays_from_the_start() {
	build_and_execute(|| {
		assert_noop!(ask(LONER, LAB), Error::<Test>::DenialQuotaExhausted);
		let _ = <Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(&LONER, FEE);
		asked(LONER, LAB);
		assert_eq!(Balances::free_balance(LONER), 0);
	});
}

#[test]
fn denials_with_one_patient_are_limited_within_a_day() {
	build_and_execute(|| {
		for _ in 0..3 {
			asked(NURSE, LAB);
			wait(HOUR);
		}
		assert_noop!(ask(NURSE, LAB), Error::<Test>::TooManyDenials);
		assert_noop!(ask(NURSE, NOTE), Error::<Test>::TooManyDenials);
		asked(NURSE, FOREIGN);
		// The window slides: each denial leaves it after a day.
		wait(21 * HOUR - 1);
		assert_noop!(ask(NURSE, LAB), Error::<Test>::TooManyDenials);
		wait(1);
		asked(NURSE, LAB);
		assert_noop!(ask(NURSE, LAB), Error::<Test>::TooManyDenials);
	});
}

#[test]
fn denials_over_all_patients_are_limited_within_a_day() {
	build_and_execute(|| {
		DenialQuota::set(100);
		let record = |number: u64| RecordId([100 + number as u8; 32]);
		for number in 0..9 {
			Records::register(record(number), 500 + number, Category::Laboratory, 1);
		}
		for number in 0..8 {
			asked(NURSE, record(number));
		}
		assert_noop!(ask(NURSE, record(8)), Error::<Test>::TooManyDenials);
		wait(DAY);
		asked(NURSE, record(8));
	});
}

#[test]
fn one_reader_adds_a_limited_number_of_entries_to_a_log() {
	build_and_execute(|| {
		for _ in 0..500 {
			let _ = ask(NURSE, LAB);
		}
		assert_eq!(Heads::<Test>::get(PATIENT).count, 3);
		for _ in 0..500 {
			let _ = ask(DOCTOR, LAB);
		}
		assert_eq!(Heads::<Test>::get(PATIENT).count, 8);
	});
}

#[test]
fn denial_limits_do_not_block_permitted_requests() {
	build_and_execute(|| {
		for _ in 0..3 {
			asked(DOCTOR, FOREIGN);
		}
		assert_noop!(ask(DOCTOR, FOREIGN), Error::<Test>::TooManyDenials);
		asked(DOCTOR, LAB);
		assert!(last_answer(PATIENT).is_permit());
	});
}
