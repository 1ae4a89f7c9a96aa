//! The limit on a reader's permitted requests, and the single use of one-time keys.

use super::*;

#[test]
fn an_open_one_time_key_is_not_accepted_twice() {
	build_and_execute(|| {
		let request = asking(LAB, None, key(1));
		assert_ok!(put(DOCTOR, request.clone()));
		for again in [request.clone(), asking(NOTE, None, key(1))] {
			assert_noop!(put(DOCTOR, again), Error::<Test>::ReaderKeyUsed);
		}
		wait(HOUR - 1);
		assert_noop!(put(DOCTOR, request.clone()), Error::<Test>::ReaderKeyUsed);
		wait(1);
		assert_ok!(put(DOCTOR, request));
	});
}

#[test]
fn readers_cannot_use_up_each_others_keys() {
	build_and_execute(|| {
		assert_ok!(put(DOCTOR, asking(LAB, None, key(1))));
		assert_ok!(put(PATIENT, asking(LAB, None, key(1))));
	});
}

#[test]
fn open_permitted_requests_of_a_reader_are_limited() {
	build_and_execute(|| {
		// Requests in direct mode count, and so do the patient's own: they write to the log as
		// well.
		for (reader, record) in [(DOCTOR, LAB), (PATIENT, NOTE)] {
			for _ in 0..5 {
				asked(reader, record);
			}
			assert_noop!(ask(reader, record), Error::<Test>::TooManyOpen);
		}
		assert_eq!(Heads::<Test>::get(PATIENT).count, 10);
		wait(HOUR);
		asked(DOCTOR, LAB);
	});
}

#[test]
fn denied_requests_do_not_count_as_permitted() {
	build_and_execute(|| {
		asked(NURSE, LAB);
		assert!(!PermittedOf::<Test>::contains_key(NURSE));
	});
}
