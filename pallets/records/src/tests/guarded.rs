//! Guarded versions: sealed to the committee, and wrapped only for the patient.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok, dispatch::GetDispatchInfo};
use salus_primitives::{Confidentiality, Recipient, RecordWrap, WrapKey};

type Refused = Error<Test>;

fn register_by_doctor(new: NewRecord<AccountId>) -> sp_runtime::DispatchResult {
	plain(Records::register(RuntimeOrigin::signed(DOCTOR), new))
}

fn revise_guarded(
	record: RecordId,
	seed: u8,
	accounts: &[AccountId],
	sealed: SealedKey,
) -> sp_runtime::DispatchResult {
	let result = Records::revise(
		RuntimeOrigin::signed(DOCTOR),
		record,
		1,
		HOSPITAL,
		content(seed),
		wraps_for(accounts),
		Some(sealed),
	);
	match result {
		Ok(_) => Ok(()),
		Err(error) => Err(error.error),
	}
}

fn reseal(
	who: AccountId,
	record: RecordId,
	version: Version,
	sealed: SealedKey,
) -> sp_runtime::DispatchResult {
	Records::reseal(RuntimeOrigin::signed(who), record, version, sealed)
}

fn wrap_for(record: RecordId, recipient: Recipient<AccountId>) -> RecordWraps<AccountId> {
	let wrap = RecordWrap { record, version: 1, recipient, wrap: wrap(7) };
	vec![wrap].try_into().unwrap()
}

fn sealed_to(record: RecordId, version: Version) -> Option<Epoch> {
	<Records as RecordQuery<_>>::sealed_to(&record, version)
}

#[test]
fn a_guarded_record_keeps_its_sealed_key_and_the_owners_wrap() {
	build_and_execute(|| {
		let record = register_guarded(1);
		assert_eq!(Records::sealed_key(&record, 1), Some(sealed(EPOCH_NOW, 1)));
		assert_eq!(sealed_to(record, 1), Some(EPOCH_NOW));
		assert_eq!(live(record).wraps, 1);
		let owner = Recipient::Account(PATIENT);
		assert!(Records::wrap(&record, 1, &owner).is_some());
	});
}

#[test]
fn direct_and_unknown_records_have_no_sealed_key() {
	build_and_execute(|| {
		let record = register(1);
		for (record, version) in [(record, 1), (record, 2), (id(9), 1)] {
			assert_eq!(Records::sealed_key(&record, version), None);
			assert_eq!(sealed_to(record, version), None);
		}
	});
}

#[test]
fn each_version_has_its_own_mode() {
	build_and_execute(|| {
		let record = register_guarded(1);
		revise(record, 1, 2);
		assert_eq!(sealed_to(record, 1), Some(EPOCH_NOW));
		assert_eq!(sealed_to(record, 2), None);
		let other = register(3);
		assert_ok!(revise_guarded(other, 4, &[PATIENT], sealed(EPOCH_NOW, 4)));
		let modes = |record| {
			let versions = Records::details(&record).unwrap().versions.into_iter();
			versions.map(|details| details.sealed_to).collect::<Vec<_>>()
		};
		assert_eq!(modes(record), [Some(EPOCH_NOW), None]);
		assert_eq!(modes(other), [None, Some(EPOCH_NOW)]);
	});
}

#[test]
fn keys_are_sealed_only_to_the_active_epoch() {
	build_and_execute(|| {
		let direct = register(1);
		for epoch in [0, EPOCH_NOW - 1, EPOCH_NOW + 1] {
			let new = NewRecord { sealed: Some(sealed(epoch, 2)), ..new_guarded(2) };
			assert_noop!(register_by_doctor(new), Refused::EpochNotActive);
			assert_noop!(
				revise_guarded(direct, 2, &[PATIENT], sealed(epoch, 2)),
				Refused::EpochNotActive
			);
			let guarded = wraps_for(&[PATIENT]);
			assert_ok!(register_by_doctor(NewRecord { wraps: guarded, ..new_record(3) }));
			assert_noop!(reseal(PATIENT, id(3), 1, sealed(epoch, 2)), Refused::EpochNotActive);
		}
	});
}

#[test]
fn only_direct_records_are_accepted_without_a_committee() {
	build_and_execute(|| {
		Committee::set_epoch(None);
		assert_noop!(register_by_doctor(new_guarded(1)), Refused::EpochNotActive);
		assert_ok!(register_by_doctor(new_record(1)));
	});
}

#[test]
fn a_guarded_version_is_wrapped_only_for_the_patient() {
	build_and_execute(|| {
		let with = |wraps| NewRecord { wraps, ..new_guarded(1) };
		assert_noop!(
			register_by_doctor(with(wraps_for(&[PATIENT, DOCTOR]))),
			Refused::WrapBypassesLog
		);
		let mut organisation = wraps_for(&[PATIENT]);
		organisation.try_push((Recipient::Organisation(HOSPITAL), wrap(1))).unwrap();
		assert_noop!(register_by_doctor(with(organisation)), Refused::WrapBypassesLog);
		assert_noop!(register_by_doctor(with(wraps_for(&[]))), Refused::MissingOwnerWrap);
		let direct = register(2);
		assert_noop!(
			revise_guarded(direct, 3, &[PATIENT, DOCTOR], sealed(EPOCH_NOW, 3)),
			Refused::WrapBypassesLog
		);
	});
}

#[test]
fn a_guarded_version_accepts_no_further_wraps() {
	build_and_execute(|| {
		let record = register_guarded(1);
		for recipient in [Recipient::Account(DOCTOR), Recipient::Organisation(HOSPITAL)] {
			let wraps = wrap_for(record, recipient);
			assert_noop!(
				plain(Records::add_wraps(RuntimeOrigin::signed(PATIENT), wraps.clone())),
				Refused::WrapBypassesLog
			);
			assert_noop!(
				<Records as RecordKeys<_>>::add_wraps(&PATIENT, &wraps),
				Refused::WrapBypassesLog
			);
		}
		// After a rotation of their key, the patient may replace their own wrap.
		let own = wrap_for(record, Recipient::Account(PATIENT));
		assert_ok!(Records::add_wraps(RuntimeOrigin::signed(PATIENT), own));
		assert_eq!(live(record).wraps, 1);
	});
}

#[test]
fn a_registration_can_be_repeated_in_a_later_epoch() {
	build_and_execute(|| {
		let record = register_guarded(1);
		Committee::set_epoch(Some(EPOCH_NOW + 1));
		assert_ok!(register_by_doctor(new_guarded(1)));
		assert_eq!(sealed_to(record, 1), Some(EPOCH_NOW));
	});
}

#[test]
fn repeating_with_another_confidentiality_is_refused() {
	build_and_execute(|| {
		register_guarded(1);
		assert_eq!(live(id(1)).confidentiality, Confidentiality::Normal);
		let other =
			NewRecord { confidentiality: Confidentiality::VeryRestricted, ..new_guarded(1) };
		assert_noop!(register_by_doctor(other.clone()), Refused::AlreadyRegistered);
		let new = NewRecord { salt: [2; 32], content: content(2), ..other };
		assert_ok!(register_by_doctor(new));
		assert_eq!(live(id(2)).confidentiality, Confidentiality::VeryRestricted);
	});
}

#[test]
fn a_patient_reseals_to_the_active_epoch() {
	build_and_execute(|| {
		let record = register_guarded(1);
		let next = EPOCH_NOW + 1;
		Committee::set_epoch(Some(next));
		events();
		assert_ok!(reseal(PATIENT, record, 1, sealed(next, 9)));
		assert_eq!(Records::sealed_key(&record, 1), Some(sealed(next, 9)));
		assert_eq!(events(), vec![Event::Resealed { record, version: 1, epoch: next }]);
	});
}

#[test]
fn resealing_guards_a_direct_version_without_other_wraps() {
	build_and_execute(|| {
		let record = register(1);
		assert_noop!(reseal(PATIENT, record, 1, sealed(EPOCH_NOW, 1)), Refused::WrapBypassesLog);
		let doctors = WrapKey { record, version: 1, recipient: Recipient::Account(DOCTOR) };
		assert_ok!(Records::remove_wraps(
			RuntimeOrigin::signed(PATIENT),
			vec![doctors].try_into().unwrap()
		));
		assert_ok!(reseal(PATIENT, record, 1, sealed(EPOCH_NOW, 1)));
		assert_eq!(sealed_to(record, 1), Some(EPOCH_NOW));
	});
}

#[test]
fn only_the_live_patient_reseals() {
	build_and_execute(|| {
		let record = register_guarded(1);
		let new = || sealed(EPOCH_NOW, 9);
		for who in [DOCTOR, CLERK, NODE, STRANGER] {
			assert_noop!(reseal(who, record, 1, new()), Refused::NotPatient);
		}
		assert_noop!(reseal(OTHER_PATIENT, record, 1, new()), Refused::NotYourRecord);
		suspend(PATIENT);
		assert_noop!(reseal(PATIENT, record, 1, new()), Refused::NotPatient);
		assert_eq!(Records::sealed_key(&record, 1), Some(sealed(EPOCH_NOW, 1)));
	});
}

#[test]
fn unknown_and_erased_versions_are_not_resealed() {
	build_and_execute(|| {
		let record = register_guarded(1);
		let new = || sealed(EPOCH_NOW, 9);
		assert_noop!(reseal(PATIENT, id(9), 1, new()), Refused::UnknownRecord);
		for version in [0, 2] {
			assert_noop!(reseal(PATIENT, record, version, new()), Refused::UnknownVersion);
		}
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_noop!(reseal(PATIENT, record, 1, new()), Refused::RecordErased);
	});
}

#[test]
fn erasure_deletes_the_sealed_keys_of_all_versions() {
	build_and_execute(|| {
		let (record, other) = (register_guarded(1), register_guarded(5));
		assert_ok!(revise_guarded(record, 2, &[PATIENT], sealed(EPOCH_NOW, 2)));
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_eq!(SealedKeys::<Test>::iter_key_prefix(record).count(), 0);
		assert_eq!(sealed_to(record, 1), None);
		assert_eq!(sealed_to(other, 1), Some(EPOCH_NOW));
	});
}

#[test]
fn each_sealed_key_is_charged() {
	build_and_execute(|| {
		let seal = <() as WeightInfo>::seal();
		let count = <() as WeightInfo>::count_sealed();
		let many =
			|records: Vec<_>| Call::<Test>::register_many { records: records.try_into().unwrap() };
		let charged = |call: Call<Test>| call.get_dispatch_info().call_weight;
		let direct = NewRecord { sealed: None, ..new_guarded(1) };
		assert_eq!(
			charged(Call::register { new: new_guarded(1) }),
			charged(Call::register { new: direct.clone() }) + seal + count
		);
		assert_eq!(
			charged(many(vec![new_guarded(1), new_record(3), new_guarded(2)])),
			charged(many(vec![direct.clone(), new_record(3), direct])) + seal * 2 + count
		);
		let info = Records::register(RuntimeOrigin::signed(DOCTOR), new_guarded(1)).unwrap();
		assert_eq!(
			info.actual_weight,
			Some(<() as WeightInfo>::register(1) + wraps_weight(1) + seal + count + TERMS_WEIGHT)
		);
	});
}
