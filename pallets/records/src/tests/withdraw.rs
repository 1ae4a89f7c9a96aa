//! Withdrawal of records that were entered in error.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::{Recipient, RecordWrap, Role, Subject, Verdict};

fn withdraw(
	who: AccountId,
	record: RecordId,
) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Records::withdraw(RuntimeOrigin::signed(who), record, ReasonCode::WrongPatient)
}

#[test]
fn a_withdrawal_marks_all_versions_and_notifies_the_patient() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		confirm(NODE, record, 1, 1);
		events();
		Now::set(START + 2_000);
		assert_ok!(withdraw(DOCTOR, record));
		assert!(Records::is_withdrawn(&record));
		for number in [1, 2] {
			assert_eq!(version(record, number).state, VersionState::Withdrawn);
		}
		let withdrawal = Withdrawal {
			by: DOCTOR,
			organisation: HOSPITAL,
			reason: ReasonCode::WrongPatient,
			at: START + 2_000,
		};
		assert_eq!(Withdrawn::get(), vec![(PATIENT, record, withdrawal)]);
		assert_eq!(
			events().last(),
			Some(&Event::RecordWithdrawn {
				record,
				patient: PATIENT,
				by: DOCTOR,
				organisation: HOSPITAL,
				reason: ReasonCode::WrongPatient,
				wraps: 1,
			})
		);
		assert_eq!(Records::status().pending, 0);
	});
}

#[test]
fn only_the_patients_wrap_survives_a_withdrawal() {
	build_and_execute(|| {
		let record = register(1);
		assert_ok!(withdraw(DOCTOR, record));
		let recipients = || {
			let wraps = Records::wraps(&record, 1).into_iter();
			wraps.map(|(recipient, _)| recipient).collect::<Vec<_>>()
		};
		assert_eq!(recipients(), vec![Recipient::Account(PATIENT)]);
		assert_eq!(live(record).wraps, 1);
		// A grant whose wraps name the record still succeeds.
		let wraps = [DOCTOR, PATIENT].map(|reader| RecordWrap {
			record,
			version: 1,
			recipient: Recipient::Account(reader),
			wrap: wrap(1),
		});
		assert_ok!(Records::add_wraps(
			RuntimeOrigin::signed(PATIENT),
			wraps.to_vec().try_into().unwrap()
		));
		assert_eq!(recipients(), vec![Recipient::Account(PATIENT)]);
	});
}

#[test]
fn only_the_author_or_a_records_admin_withdraws() {
	build_and_execute(|| {
		let record = register(1);
		Roles::admit(STRANGER, Role::RecordsAdmin, Some(CLINIC));
		for who in [CLINICIAN, DEVICE, PATIENT, NODE, STRANGER, 77] {
			assert_noop!(withdraw(who, record), Error::<Test>::NotWriter);
		}
		assert_ok!(withdraw(CLERK, record));
		let record = register(2);
		// The author's membership has ended.
		suspend(DOCTOR);
		assert_noop!(withdraw(DOCTOR, record), Error::<Test>::NotWriter);
	});
}

#[test]
fn a_withdrawal_needs_a_reason_and_is_final() {
	build_and_execute(|| {
		assert_noop!(withdraw(DOCTOR, id(1)), Error::<Test>::UnknownRecord);
		let record = register(1);
		assert_noop!(
			Records::withdraw(RuntimeOrigin::signed(DOCTOR), record, ReasonCode::Reviewed),
			Error::<Test>::NoReasonToWithdraw
		);
		assert_ok!(withdraw(DOCTOR, record));
		assert_noop!(withdraw(DOCTOR, record), Error::<Test>::Withdrawn);
		let (origin, wraps) = (RuntimeOrigin::signed(DOCTOR), wraps_for(&[PATIENT]));
		let revised = Records::revise(origin, record, 1, HOSPITAL, content(2), wraps, None);
		assert_eq!(revised.unwrap_err().error, Error::<Test>::Withdrawn.into());
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_noop!(withdraw(DOCTOR, record), Error::<Test>::RecordErased);
	});
}

#[test]
fn only_an_erasure_ends_a_withdrawal() {
	build_and_execute(|| {
		let record = confirmed(1);
		let claims = || vec![claim(record, 1, 1)].try_into().unwrap();
		assert_ok!(Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims()));
		assert_eq!(version(record, 1).state, VersionState::Lost);
		assert_ok!(withdraw(DOCTOR, record));
		assert!(Records::under_replicated(None, 1).is_empty());
		let subject = Subject::RecordVersion { record, version: 1 };
		Records::on_verdict_reached(&subject, Verdict::Confirmed);
		Records::on_verdict_fallen(&subject, Verdict::Confirmed);
		confirm(NODE, record, 1, 1);
		assert_ok!(Records::withdraw_replica(RuntimeOrigin::signed(NODE), claims()));
		assert_eq!(version(record, 1).state, VersionState::Withdrawn);
		Records::do_try_state().unwrap();
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert!(!Records::is_withdrawn(&record));
	});
}
