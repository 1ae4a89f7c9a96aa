//! Each wrap is for the current key of its recipient.

use crate::{
	mock::{Records, *},
	*,
};
use frame_support::{
	assert_ok,
	storage::{with_storage_layer, with_transaction, TransactionOutcome},
};
use salus_primitives::{Recipient, RecordWrap};
use sp_runtime::{DispatchError, DispatchResult};

const WRONG: Result<(), Error<Test>> = Err(Error::WrongKeyVersion);

fn wrap_of(key_version: u32) -> Wrap {
	Wrap { key_version, ..wrap(1) }
}

/// Returns a record whose key is wrapped for the patient's first key, and for this version of the
/// recipient's.
fn record_for(seed: u8, recipient: &Recipient<AccountId>, version: u32) -> NewRecord<AccountId> {
	let mut wraps = wraps_for(&[PATIENT]);
	wraps.try_push((recipient.clone(), wrap_of(version))).unwrap();
	NewRecord { wraps, ..new_record(seed) }
}

fn undone(call: impl FnOnce() -> DispatchResult) -> DispatchResult {
	with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(call()))).unwrap()
}

/// Returns the result of each call that takes a wrap for this version of the recipient's key, after
/// undoing it. The first record is registered.
fn outcomes(recipient: &Recipient<AccountId>, version: u32) -> [DispatchResult; 5] {
	let new = record_for(2, recipient, version);
	let many: Vec<_> = vec![new_record(3), new.clone(), new_record(4)];
	let wraps = new.wraps.clone();
	let one = RecordWrap {
		record: id(1),
		version: 1,
		recipient: recipient.clone(),
		wrap: wrap_of(version),
	};
	let more: RecordWraps<AccountId> = vec![one].try_into().unwrap();
	let doctor = || RuntimeOrigin::signed(DOCTOR);
	[
		undone(|| plain(Records::register(doctor(), new))),
		undone(|| plain(Records::register_many(doctor(), many.try_into().unwrap()))),
		undone(|| plain(Records::revise(doctor(), id(1), 1, HOSPITAL, content(5), wraps, None))),
		undone(|| plain(Records::add_wraps(RuntimeOrigin::signed(PATIENT), more.clone()))),
		undone(|| <Records as RecordKeys<_>>::add_wraps(&PATIENT, &more)),
	]
}

fn assert_outcomes(
	recipient: &Recipient<AccountId>,
	version: u32,
	expected: Result<(), Error<Test>>,
) {
	let expected = expected.map_err(DispatchError::from);
	for (call, outcome) in outcomes(recipient, version).into_iter().enumerate() {
		assert_eq!(outcome, expected, "call {call}, {recipient:?}, version {version}");
	}
}

#[test]
fn only_the_recipients_current_key_counts() {
	build_and_execute(|| {
		register(1);
		for recipient in [Recipient::Account(SURGEON), Recipient::Organisation(CLINIC)] {
			assert_outcomes(&recipient, 1, Ok(()));
			Roles::rotate_key(recipient.clone());
			assert_outcomes(&recipient, 2, Ok(()));
			for version in [0, 1, 3, u32::MAX] {
				assert_outcomes(&recipient, version, WRONG);
			}
		}
	});
}

#[test]
fn nothing_is_wrapped_for_a_recipient_without_a_key() {
	build_and_execute(|| {
		register(1);
		for recipient in [Recipient::Account(KEYLESS), Recipient::Organisation(PHARMACY)] {
			for version in [0, 1] {
				assert_outcomes(&recipient, version, WRONG);
			}
		}
	});
}

#[test]
fn the_patients_own_wrap_must_be_for_the_current_key() {
	build_and_execute(|| {
		let guarded = register_guarded(1);
		Roles::rotate_key(Recipient::Account(PATIENT));
		let wrong: DispatchResult = WRONG.map_err(DispatchError::from);
		let registered = |new| plain(Records::register(RuntimeOrigin::signed(DOCTOR), new));
		assert_eq!(with_storage_layer(|| registered(new_record(2))), wrong);
		assert_eq!(with_storage_layer(|| registered(new_guarded(2))), wrong);
		let with_current = |new: NewRecord<AccountId>| {
			let wraps = vec![(Recipient::Account(PATIENT), wrap_of(2))].try_into().unwrap();
			NewRecord { wraps, ..new }
		};
		assert_ok!(registered(with_current(new_guarded(2))));
		// An earlier record stays, and its registration can be repeated.
		assert_ok!(registered(new_guarded(1)));
		assert_eq!(Records::wrap(&guarded, 1, &Recipient::Account(PATIENT)), Some(wrap(0)));
	});
}

#[test]
fn each_wrap_of_a_batch_is_checked() {
	build_and_execute(|| {
		let surgeon = Recipient::Account(SURGEON);
		let batch = |versions: [u32; 3]| {
			let records = (1..).zip(versions);
			let records: Vec<_> =
				records.map(|(seed, version)| record_for(seed, &surgeon, version)).collect();
			undone(|| {
				plain(Records::register_many(
					RuntimeOrigin::signed(DOCTOR),
					records.try_into().unwrap(),
				))
			})
		};
		assert_ok!(batch([1, 1, 1]));
		for versions in [[2, 1, 1], [1, 2, 1], [1, 1, 2]] {
			assert_eq!(batch(versions), WRONG.map_err(DispatchError::from), "{versions:?}");
		}
	});
}

#[test]
fn a_refusal_of_a_wrap_is_charged_for_the_keys_read() {
	build_and_execute(|| {
		register(1);
		let readers: Vec<AccountId> = (1_000..1_007).collect();
		let mut wraps = wraps_for(&[&[PATIENT][..], &readers[..], &[KEYLESS][..]].concat());
		let keys = <() as WeightInfo>::read_keys(8) + decoding_weight(9) + TERMS_WEIGHT;
		let doctor = || RuntimeOrigin::signed(DOCTOR);
		let new = NewRecord { wraps: wraps.clone(), ..new_record(2) };
		let refused = Records::register(doctor(), new).unwrap_err();
		assert_eq!(refused.error, Error::<Test>::WrongKeyVersion.into());
		assert_eq!(refused.post_info.actual_weight, Some(<() as WeightInfo>::register(1) + keys));
		let revised =
			Records::revise(doctor(), id(1), 1, HOSPITAL, content(5), wraps.clone(), None);
		let refused = revised.unwrap_err();
		assert_eq!(refused.error, Error::<Test>::WrongKeyVersion.into());
		assert_eq!(refused.post_info.actual_weight, Some(<() as WeightInfo>::revise(1) + keys));
		// Of the same recipients in several records, each key is read once.
		wraps.truncate(8);
		let records = (2..5).map(|seed| NewRecord { wraps: wraps.clone(), ..new_record(seed) });
		let records = records.collect::<Vec<_>>().try_into().unwrap();
		let registered = Records::register_many(doctor(), records).unwrap();
		let own = <() as WeightInfo>::register_many(2, 1, 21)
			+ <() as WeightInfo>::read_keys(7)
			+ finding_weight(21)
			+ decoding_weight(3)
			+ wraps_weight(24);
		assert_eq!(registered.actual_weight, Some(own + TERMS_WEIGHT));
	});
}
