//! Reads of successors and of attempts.

use super::*;

fn asked(account: AccountId) -> (bool, Option<AccountId>, Option<AccountId>) {
	(
		Succession::is_succeeded(&account),
		Succession::successor(&account),
		Succession::acts_for(&account),
	)
}

#[test]
fn at_first_everyone_acts_for_themself() {
	build_and_execute(|| {
		supported(&[SISTER, BROTHER, FRIEND], NEW);
		for account in [PATIENT, NEW, STRANGER] {
			assert_eq!(asked(account), (false, None, None));
		}
	});
}

#[test]
fn a_lost_key_stays_succeeded_forever() {
	build_and_execute(|| {
		brought_back(NEW);
		assert_eq!(asked(PATIENT), (true, Some(NEW), None));
		assert_eq!(asked(NEW), (false, None, Some(PATIENT)));
		brought_back(OTHER);
		assert_eq!(asked(PATIENT), (true, Some(OTHER), None));
		assert_eq!(asked(NEW), (true, None, None));
		assert_eq!(asked(OTHER), (false, None, Some(PATIENT)));
	});
}

#[test]
fn an_attempt_is_read_as_it_counts_now() {
	build_and_execute(|| {
		assert_eq!(Succession::attempt(&PATIENT), None);
		supported(&[SISTER, BROTHER], NEW);
		let mut expected = RecoveryAttempt {
			successor: NEW,
			proposer: SISTER,
			proposed: START,
			expires: START + LIFETIME,
			support: [(SISTER, START), (BROTHER, START + HOUR)]
				.map(|(by, at)| Support { by, supporter: Supporter::Guardian(by), at })
				.to_vec(),
			threshold: 3,
			hospital: true,
			due: None,
		};
		assert_eq!(Succession::attempt(&PATIENT), Some(expected.clone()));
		assert_ok!(approve(ADMIN, NEW));
		dismiss(PATIENT, SISTER);
		assert_ok!(Succession::set_threshold(signed(PATIENT), PATIENT, Some(5)));
		expected.support.remove(0);
		expected.support.push(Support {
			by: ADMIN,
			supporter: Supporter::Hospital(HOSPITAL),
			at: START + HOUR,
		});
		expected.threshold = 5;
		expected.due = Some(START + HOUR + DELAY);
		assert_eq!(Succession::attempt(&PATIENT), Some(expected));
	});
}
