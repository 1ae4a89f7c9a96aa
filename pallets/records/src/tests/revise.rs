//! Appending of versions.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{assert_noop, assert_ok};
use salus_primitives::Role;

fn revise_by(
	author: AccountId,
	record: RecordId,
	expected: Version,
	organisation: OrganisationId,
	content: Content,
	wraps: NewWraps<AccountId>,
) -> sp_runtime::DispatchResult {
	let origin = RuntimeOrigin::signed(author);
	plain(Records::revise(origin, record, expected, organisation, content, wraps, None))
}

fn by_doctor(record: RecordId, expected: Version, seed: u8) -> sp_runtime::DispatchResult {
	revise_by(DOCTOR, record, expected, HOSPITAL, content(seed), wraps_for(&[PATIENT]))
}

#[test]
fn a_revision_leaves_the_earlier_version() {
	build_and_execute(|| {
		let record = confirmed(1);
		let first = version(record, 1);
		events();
		assert_ok!(by_doctor(record, 1, 2));
		assert_eq!(live(record).latest, 2);
		assert_eq!(live(record).wraps, 3);
		assert_eq!(version(record, 1), first);
		assert_eq!(version(record, 2).state, VersionState::Pending);
		assert_eq!(version(record, 2).content, content(2));
		assert_eq!(Records::root(&cid(2)), Some(RootUse { record, version: 2 }));
		assert_eq!(Records::status(), StorageStatus { records: 1, pending: 1, removals: 0 });
		assert_eq!(
			events(),
			vec![Event::Revised { record, version: 2, author: DOCTOR, organisation: HOSPITAL }]
		);
	});
}

#[test]
fn another_permitted_writer_can_revise() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = wraps_for(&[PATIENT]);
		assert_ok!(revise_by(CLINICIAN, record, 1, CLINIC, content(2), wraps));
		assert_eq!(version(record, 2).author, CLINICIAN);
		assert_eq!(version(record, 2).organisation, CLINIC);
		assert_eq!(live(record).author, DOCTOR);
	});
}

#[test]
fn only_live_writers_of_the_named_organisation_revise() {
	build_and_execute(|| {
		let record = register(1);
		for who in [STRANGER, PATIENT, NODE, CLINICIAN] {
			assert_noop!(
				revise_by(who, record, 1, HOSPITAL, content(2), wraps_for(&[PATIENT])),
				Error::<Test>::NotWriter
			);
		}
	});
}

#[test]
fn nothing_is_revised_without_the_patients_permission() {
	build_and_execute(|| {
		let record = register(1);
		refuse(PATIENT, DOCTOR);
		assert_noop!(by_doctor(record, 1, 2), Error::<Test>::NotPermitted);
	});
}

#[test]
fn a_former_patients_records_are_not_revised() {
	build_and_execute(|| {
		let record = register(1);
		suspend(PATIENT);
		assert_noop!(by_doctor(record, 1, 2), Error::<Test>::UnknownPatient);
	});
}

#[test]
fn unknown_and_erased_records_are_not_revised() {
	build_and_execute(|| {
		assert_noop!(by_doctor(id(1), 1, 2), Error::<Test>::UnknownRecord);
		let record = register(1);
		assert_ok!(Records::erase(RuntimeOrigin::signed(PATIENT), record));
		assert_noop!(by_doctor(record, 1, 2), Error::<Test>::RecordErased);
	});
}

#[test]
fn a_revision_of_any_but_the_latest_version_is_a_conflict() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		for expected in [0, 1, 3, u32::MAX] {
			assert_noop!(by_doctor(record, expected, 3), Error::<Test>::VersionConflict);
		}
		assert_ok!(by_doctor(record, 2, 3));
	});
}

#[test]
fn repeating_a_revision_succeeds_without_change() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		events();
		assert_ok!(by_doctor(record, 1, 2));
		assert_eq!(live(record).latest, 2);
		assert_eq!(events(), vec![]);
	});
}

#[test]
fn the_same_revision_by_another_author_is_a_conflict() {
	build_and_execute(|| {
		let record = register(1);
		revise(record, 1, 2);
		assert_noop!(
			revise_by(CLERK, record, 1, HOSPITAL, content(2), wraps_for(&[PATIENT])),
			Error::<Test>::VersionConflict
		);
		Roles::admit(DOCTOR, Role::Device, Some(CLINIC));
		assert_noop!(
			revise_by(DOCTOR, record, 1, CLINIC, content(2), wraps_for(&[PATIENT])),
			Error::<Test>::VersionConflict
		);
	});
}

#[test]
fn bad_content_is_refused() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = wraps_for(&[PATIENT]);
		let refused = [
			(Content { root: Cid([0; 36]), ..content(2) }, Error::<Test>::InvalidCid),
			(Content { size: 0, ..content(2) }, Error::<Test>::EmptyContent),
			(Content { size: u64::MAX, ..content(2) }, Error::<Test>::TooLarge),
			(content(1), Error::<Test>::RootTaken),
		];
		for (content, error) in refused {
			assert_noop!(revise_by(DOCTOR, record, 1, HOSPITAL, content, wraps.clone()), error);
		}
	});
}

#[test]
fn bad_wraps_are_refused() {
	build_and_execute(|| {
		let record = register(1);
		let refused = [
			(wraps_for(&[]), Error::<Test>::MissingOwnerWrap),
			(wraps_for(&[OTHER_PATIENT]), Error::<Test>::MissingOwnerWrap),
			(wraps_for(&[PATIENT, PATIENT]), Error::<Test>::DuplicateRecipient),
		];
		for (wraps, error) in refused {
			assert_noop!(revise_by(DOCTOR, record, 1, HOSPITAL, content(2), wraps), error);
		}
	});
}

#[test]
fn a_record_has_a_limited_number_of_versions() {
	build_and_execute(|| {
		let record = register(1);
		for expected in 1..4 {
			revise(record, expected, expected as u8 + 1);
		}
		assert_noop!(by_doctor(record, 4, 5), Error::<Test>::TooManyVersions);
	});
}

#[test]
fn a_record_has_a_limited_number_of_wraps() {
	build_and_execute(|| {
		let mut recipients = vec![PATIENT];
		recipients.extend(1_000..1_063);
		let wraps = wraps_for(&recipients);
		let new = NewRecord { wraps: wraps.clone(), ..new_record(1) };
		assert_ok!(Records::register(RuntimeOrigin::signed(DOCTOR), new));
		// The record has 64 of 66 wraps.
		assert_noop!(
			revise_by(DOCTOR, id(1), 1, HOSPITAL, content(2), wraps_for(&[PATIENT, 2, 3])),
			Error::<Test>::TooManyWraps
		);
		assert_ok!(revise_by(DOCTOR, id(1), 1, HOSPITAL, content(2), wraps_for(&[PATIENT, 2])));
		assert_eq!(live(id(1)).wraps, 66);
	});
}

#[test]
fn unused_weight_of_consent_is_refunded() {
	build_and_execute(|| {
		let record = register(1);
		let wraps = wraps_for(&[PATIENT]);
		let origin = RuntimeOrigin::signed(DOCTOR);
		let info = Records::revise(origin, record, 1, HOSPITAL, content(2), wraps, None).unwrap();
		let own = <() as WeightInfo>::revise(1) + wraps_weight(1);
		assert_eq!(info.actual_weight, Some(own + TERMS_WEIGHT));
	});
}

#[test]
fn a_refused_revision_pays_for_no_wraps() {
	build_and_execute(|| {
		let record = register(1);
		let wraps: Vec<AccountId> = (PATIENT..PATIENT + 8).collect();
		let origin = RuntimeOrigin::signed(DOCTOR);
		let wraps = wraps_for(&wraps);
		let refusal =
			Records::revise(origin, record, 7, HOSPITAL, content(2), wraps, None).unwrap_err();
		assert_eq!(refusal.error, Error::<Test>::VersionConflict.into());
		let own =
			<() as WeightInfo>::revise(1) + <() as WeightInfo>::read_keys(7) + decoding_weight(8);
		assert_eq!(refusal.post_info.actual_weight, Some(own + TERMS_WEIGHT));
	});
}
