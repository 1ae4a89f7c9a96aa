//! The running hash: what an export must show, and that no entry can be removed, changed, moved or
//! inserted.

use super::*;

fn fold(from: Hash32, entries: &[LogEntry<AccountId>]) -> Hash32 {
	entries.iter().fold(from, |head, entry| entry.extend(&head))
}

/// Logs six entries: two permits, each with a release, and two denials.
fn fill() -> Vec<LogEntry<AccountId>> {
	for _ in 0..2 {
		let request = asked(DOCTOR, LAB);
		wait(1_000);
		asked(NURSE, LAB);
		for member in 1..=3 {
			assert_ok!(post(request, member));
		}
		wait(1_000);
	}
	log_of(PATIENT)
}

#[test]
fn the_head_is_the_hash_over_all_entries_in_order() {
	build_and_execute(|| {
		let entries = fill();
		assert_eq!(entries.len(), 6);
		let head = Heads::<Test>::get(PATIENT);
		assert_eq!(head.count, 6);
		assert_eq!(head.head, fold([0; 32], &entries));
	});
}

#[test]
fn an_export_with_altered_entries_has_another_head() {
	build_and_execute(|| {
		let entries = fill();
		let head = Heads::<Test>::get(PATIENT).head;
		for at in 0..entries.len() {
			let mut dropped = entries.clone();
			dropped.remove(at);
			assert_ne!(fold([0; 32], &dropped), head);
			let mut renumbered = dropped.clone();
			for (index, entry) in renumbered.iter_mut().enumerate() {
				entry.index = index as u32;
			}
			assert_ne!(fold([0; 32], &renumbered), head);
			let mut changed = entries.clone();
			changed[at].actor = STRANGER;
			assert_ne!(fold([0; 32], &changed), head);
			let mut moved = entries.clone();
			moved.rotate_left(at);
			assert_eq!(fold([0; 32], &moved) == head, at == 0);
			let mut doubled = entries.clone();
			doubled.insert(at, entries[at].clone());
			assert_ne!(fold([0; 32], &doubled), head);
		}
	});
}

#[test]
fn each_patient_has_a_separate_log() {
	build_and_execute(|| {
		asked(DOCTOR, LAB);
		asked(DOCTOR, FOREIGN);
		assert_eq!(log_of(PATIENT).len(), 1);
		assert_eq!(last_entry(OTHER_PATIENT).index, 0);
		assert_eq!(Access::log_page(&LONER, 0, 10).head, LogHead::default());
	});
}

#[test]
fn the_log_and_its_head_follow_from_events_alone() {
	build_and_execute(|| {
		let entries = fill();
		let logged: Vec<_> = events()
			.into_iter()
			.filter_map(|event| match event {
				Event::Logged { patient, index, head, entry } => {
					assert_eq!((patient, index), (PATIENT, entry.index));
					assert_eq!(head, fold([0; 32], &entries[..=index as usize]));
					Some(entry)
				}
				_ => None,
			})
			.collect();
		assert_eq!(logged, entries);
	});
}

#[test]
fn a_full_log_takes_no_more_entries() {
	new_test_ext().execute_with(|| {
		let full = LogHead { count: u32::MAX, ..Default::default() };
		Heads::<Test>::insert(PATIENT, full);
		assert_noop!(ask(DOCTOR, LAB), Error::<Test>::LogFull);
		assert_noop!(ask(NURSE, LAB), Error::<Test>::LogFull);
	});
}

#[test]
fn succession_events_are_log_entries() {
	use salus_primitives::{AccessLogWriter, SuccessionEvent};
	build_and_execute(|| {
		let before = fill();
		let event = SuccessionEvent::Objected;
		let append = <Access as AccessLogWriter<AccountId>>::append;
		assert_ok!(append(&PATIENT, &DOCTOR, Some(HOSPITAL), event));
		let entries = log_of(PATIENT);
		let [.., last] = &entries[..] else {
			panic!("it has entries");
		};
		assert_eq!(entries.len(), before.len() + 1);
		assert_eq!((last.actor, last.organisation), (DOCTOR, Some(HOSPITAL)));
		assert_eq!(last.event, LogEvent::Succession(event));
		assert_eq!(Heads::<Test>::get(PATIENT).head, fold([0; 32], &entries));
		assert!(<Access as AccessLogWriter<AccountId>>::append_weight().ref_time() > 0);
	});
}

#[test]
fn a_withdrawal_is_logged_for_its_patient() {
	use salus_primitives::{OnWithdrawn, ReasonCode, Withdrawal};
	build_and_execute(|| {
		let withdrawal = Withdrawal {
			by: DOCTOR,
			organisation: HOSPITAL,
			reason: ReasonCode::WrongPatient,
			at: Access::now(),
		};
		let notify = <Access as OnWithdrawn<AccountId>>::on_withdrawn;
		assert_ok!(notify(&PATIENT, &LAB, &withdrawal));
		let entries = log_of(PATIENT);
		let last = entries.last().unwrap();
		assert_eq!((last.actor, last.organisation), (DOCTOR, Some(HOSPITAL)));
		let event = LogEvent::Withdrawn { record: LAB, reason: ReasonCode::WrongPatient };
		assert_eq!(last.event, event);
		assert!(<Access as OnWithdrawn<AccountId>>::on_withdrawn_weight().ref_time() > 0);
	});
}
