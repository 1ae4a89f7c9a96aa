//! Each invariant, broken on purpose: `try_state` must notice.

use super::*;
use frame_support::traits::fungible::MutateHold;

/// Checks that `try_state` reports `complaint` after `damage` to a sound state. That state has:
/// release 1, ended, with its entry archived; release 2, open; release 3 with two shares; request
/// 4, denied; request 5, in direct mode; an open case 1 and a decided case 2 of the patient; and a
/// bond.
fn notices(complaint: &'static str, damage: impl FnOnce()) {
	let set_up = || {
		Now::set(START - YEAR);
		asked(OTHER_PATIENT, FOREIGN);
		Now::set(START);
		assert_ok!(Access::archive(signed(AUDITOR), OTHER_PATIENT, 1));
		asked(OTHER_PATIENT, FOREIGN);
		let request = asked(DOCTOR, LAB);
		assert_eq!(request, GUARDED);
		assert_ok!(post(request, 1));
		assert_ok!(post(request, 2));
		asked(NURSE, LAB);
		asked(DOCTOR, NOTE);
		deposit(ADMIN, HOSPITAL, 2 * MIN_BOND);
		open(SURGEON, HOSPITAL, PATIENT);
		justify(opened(DOCTOR, HOSPITAL, PATIENT));
	};
	detects(complaint, set_up, damage);
}

/// Open request of the doctor.
const GUARDED: RequestId = 3;

fn head(change: impl FnOnce(&mut LogHead)) {
	Heads::<Test>::mutate(PATIENT, change);
}

fn entry(index: u32, change: impl FnOnce(&mut LogEntry<AccountId>)) {
	Entries::<Test>::mutate(PATIENT, index, |entry| {
		change(entry.as_mut().expect("the entry exists"))
	});
}

fn release(change: impl FnOnce(&mut Release<AccountId>)) {
	Releases::<Test>::mutate(GUARDED, |release| change(release.as_mut().expect("is open")));
}

fn case(id: CaseId, change: impl FnOnce(&mut EmergencyCase<AccountId>)) {
	Cases::<Test>::mutate(id, |case| change(case.as_mut().expect("is kept")));
}

#[test]
fn changed_dropped_or_added_entries_are_noticed() {
	let hash = "a log's head is not the hash over its entries";
	notices(hash, || entry(1, |entry| entry.actor = STRANGER));
	notices(hash, || entry(0, |entry| entry.organisation = None));
	notices(hash, || head(|log| log.head = [1; 32]));
	let places = "a log's entries are not those after the archived ones";
	notices(places, || Entries::<Test>::remove(PATIENT, 1));
	notices(places, || {
		let entry = last_entry(PATIENT);
		Entries::<Test>::insert(PATIENT, entry.index + 1, entry);
	});
	notices(places, || head(|log| log.count += 1));
	notices("an entry's index is not its place in the log", || entry(1, |entry| entry.index = 5));
}

#[test]
fn a_wrong_count_of_entries_is_noticed() {
	let complaint = "the number of entries in all logs differs from the count";
	notices(complaint, || TotalEntries::<Test>::mutate(|total| *total += 1));
	// The other logs stay consistent when a whole log is missing.
	notices(complaint, || {
		Heads::<Test>::remove(OTHER_PATIENT);
		let _ = Entries::<Test>::clear_prefix(OTHER_PATIENT, 100, None);
		Releases::<Test>::remove(2);
		Releases::<Test>::remove(1);
	});
}

#[test]
fn entries_out_of_order_are_noticed() {
	let complaint = "a log's entries are not in order of time";
	notices(complaint, || entry(1, |entry| entry.at = 1));
	notices(complaint, || entry(1, |entry| entry.block = 0));
}

#[test]
fn logs_without_a_head_and_heads_without_a_log_are_noticed() {
	notices("a log has entries but no head", || Heads::<Test>::remove(PATIENT));
	notices("an empty log has a row", || Heads::<Test>::insert(LONER, LogHead::default()));
}

#[test]
fn a_wrong_archive_is_noticed() {
	notices("a log has more archived entries than entries", || {
		head(|log| log.archived = log.count + 1)
	});
	notices("a log's archived head does not match the number of archived entries", || {
		head(|log| log.archived_head = [1; 32])
	});
	notices("a log's head is not the hash over its entries", || {
		Heads::<Test>::mutate(OTHER_PATIENT, |log| log.archived_head = [1; 32])
	});
}

#[test]
fn unknown_and_repeated_requests_are_noticed() {
	notices("a logged request's number has not been assigned yet", || RequestCount::<Test>::put(4));
	notices("a request is logged twice", || {
		entry(1, |entry| {
			if let LogEvent::Requested { request, .. } = &mut entry.event {
				*request = GUARDED;
			}
		})
	});
}

#[test]
fn shares_that_do_not_match_their_release_are_noticed() {
	notices("a share has no release", || Shares::<Test>::insert(4, 1, share(1)));
	notices("a share's member number is out of range", || {
		Shares::<Test>::insert(GUARDED, 17, share(1))
	});
	let count = "a release's share count is not the number of its shares";
	notices(count, || Shares::<Test>::remove(GUARDED, 1));
	notices(count, || release(|open| open.shares = 3));
}

#[test]
fn a_release_without_a_logged_permit_is_noticed() {
	let rest = "a release does not rest on a logged permit";
	notices(rest, || release(|open| open.entry = [1; 32]));
	notices(rest, || release(|open| open.basis = Basis::Patient));
	notices(rest, || {
		// The denied request gets a release.
		let mut forged = Releases::<Test>::get(GUARDED).expect("is open");
		(forged.request, forged.shares) = (4, 0);
		Releases::<Test>::insert(4, forged);
	});
	notices("the entry of an open release is archived", || {
		Releases::<Test>::mutate(1, |ended| {
			ended.as_mut().expect("waits to be removed").expires = START + 1
		})
	});
	notices("a release needs no shares", || release(|open| open.threshold = 0));
}

#[test]
fn releases_outside_the_open_range_are_noticed() {
	notices("a release is stored under another number", || release(|open| open.request = 2));
	let number = "a release's number is cleared, or has not been assigned yet";
	notices(number, || Cleared::<Test>::put(GUARDED));
	notices("requests are cleared that were never made", || Cleared::<Test>::put(6));
	let among = "an open release is missing from its reader's list";
	notices(among, || PermittedOf::<Test>::remove(DOCTOR));
	notices(among, || release(|open| open.reader_key = [9; 32]));
}

#[test]
fn disordered_limit_lists_are_noticed() {
	let change = |change: fn(&mut Vec<Permitted>)| {
		PermittedOf::<Test>::mutate(DOCTOR, |list| {
			let mut open = list.to_vec();
			change(&mut open);
			*list = open.try_into().expect("fits");
		})
	};
	notices("a reader's permitted requests are not in order", || change(|open| open.reverse()));
	notices("a one-time key is used twice", || {
		change(|open| open[1].reader_key = open[0].reader_key)
	});
	notices("a permitted request's number has not been assigned yet", || {
		change(|open| open[1].request = 99)
	});
	notices("a reader's denials are not in order of time", || {
		let list = vec![(PATIENT, START), (PATIENT, START - 1)];
		DenialsOf::<Test>::insert(NURSE, DenialsVec::try_from(list).expect("fits"));
	});
	notices("more denials are used than the quota allows", || {
		let used = QUOTA + 1;
		DenialUsages::<Test>::insert(Pool::Staff(HOSPITAL), Usage { period: 1, used });
	});
	notices("a clinician's openings are not in order of time", || {
		OpeningsFor::<Test>::mutate(HOSPITAL, |list| {
			*list = vec![START, START - 1].try_into().expect("fits");
		})
	});
	notices("a clinician's openings are not in order of time", || {
		OpeningsUnder::<Test>::mutate(ADMIN, |list| {
			*list = vec![START, START - 1].try_into().expect("fits");
		})
	});
	notices("a clinician's openings are not in order of time", || {
		OpeningsOf::<Test>::mutate(SURGEON, |list| {
			*list = vec![START, START - 1].try_into().expect("fits");
		})
	});
}

type DenialsVec = crate::requests::DenialList<Test>;

#[test]
fn cases_missing_from_their_lists_are_noticed() {
	let lists = "the patients' lists are not their cases in order";
	notices(lists, || CasesOf::<Test>::remove(PATIENT));
	notices(lists, || {
		CasesOf::<Test>::mutate(PATIENT, |list| {
			*list = vec![2, 1].try_into().expect("fits");
		})
	});
	let queues = "the queues are not the open cases in order";
	notices(queues, || Unreviewed::<Test>::remove(HOSPITAL));
	notices(queues, || {
		Unreviewed::<Test>::mutate(HOSPITAL, |queue| {
			*queue = vec![1, 2].try_into().expect("fits");
		})
	});
	let latest = "a listed latest case is not the latest one";
	notices(latest, || LatestCase::<Test>::insert(PATIENT, NURSE, 1));
	let unlisted = "a case that opens records is not listed as the latest";
	notices(unlisted, || LatestCase::<Test>::remove(PATIENT, SURGEON));
	notices("a case's number has not been assigned yet", || CaseCount::<Test>::put(1));
}

fn reviewed(id: CaseId, change: impl FnOnce(&mut Vec<PanelVote<AccountId>>)) {
	Reviews::<Test>::mutate(id, |review| {
		let review = review.as_mut().expect("has one");
		let mut votes = review.votes.to_vec();
		change(&mut votes);
		review.votes = votes.try_into().expect("fits");
	});
}

fn vote(auditor: AccountId, organisation: OrganisationId, justified: bool) -> PanelVote<AccountId> {
	PanelVote { auditor, organisation, justified }
}

#[test]
fn a_status_that_contradicts_the_reviews_is_noticed() {
	let complaint = "a case's status does not follow from its reviews";
	notices(complaint, || case(2, |case| case.status = CaseStatus::Open));
	notices(complaint, || case(2, |case| case.status = CaseStatus::Rejected));
	notices(complaint, || case(1, |case| case.status = CaseStatus::Justified));
	notices(complaint, || case(2, |case| case.admin = None));
	notices(complaint, || reviewed(2, |votes| votes.clear()));
	notices(complaint, || {
		reviewed(1, |votes| {
			votes.push(vote(AUDITOR, CLINIC, false));
			votes.push(vote(INSPECTOR, PHARMACY, false));
		})
	});
}

#[test]
fn a_wrong_status_of_an_old_case_is_noticed() {
	let complaint = "a case's status does not follow from its reviews";
	notices(complaint, || {
		Reviews::<Test>::remove(2);
		case(2, |case| case.auditor = None)
	});
	notices(complaint, || {
		Reviews::<Test>::remove(1);
		case(1, |case| case.admin = Some((ADMIN, false)))
	});
}

#[test]
fn reviews_by_the_wrong_people_are_noticed() {
	notices("a case was reviewed by its opener", || {
		case(2, |case| case.admin = Some((DOCTOR, true)))
	});
	notices("a case was reviewed by its opener or its patient", || {
		reviewed(2, |votes| votes.push(vote(PATIENT, AUTHORITY, true)))
	});
	notices("a case was reviewed twice by the same account", || {
		case(2, |case| case.admin = Some((AUDITOR, true)))
	});
	notices("an administrator reviewed a case of somebody they vouched for", || {
		case(2, |case| case.admin = Some((DEPUTY, true)))
	});
}

#[test]
fn votes_of_the_wrong_organisations_are_noticed() {
	let complaint = "an organisation has two votes, or the hospital votes as an auditor";
	notices(complaint, || reviewed(2, |votes| votes.push(vote(HOUSE_AUDITOR, HOSPITAL, true))));
	notices(complaint, || reviewed(2, |votes| votes.push(vote(NOVICE, CLINIC, true))));
	notices("a case does not name the first auditor's review", || {
		case(2, |case| case.auditor = Some((INSPECTOR, true)))
	});
	notices("a review has no case", || Reviews::<Test>::insert(9, Review::default()));
}

#[test]
fn lots_that_do_not_match_open_cases_are_noticed() {
	let complaint = "the lots are not those of the open cases";
	notices(complaint, || {
		let _ = Lots::<Test>::clear(9, None);
	});
	notices(complaint, || Lots::<Test>::insert(77, Lot { hash: None, cases: 1 }));
}

#[test]
fn a_case_beyond_its_bonds_time_is_noticed() {
	notices("a case opens records for longer than its hospital's bond is kept", || {
		RunningUntil::<Test>::insert(HOSPITAL, START)
	});
}

#[test]
fn repeated_and_disordered_auditors_are_noticed() {
	let change = |change: fn(&mut Vec<Auditor<AccountId>>)| {
		Auditors::<Test>::mutate(|list| {
			let mut auditors = list.to_vec();
			change(&mut auditors);
			*list = auditors.try_into().expect("fits");
		})
	};
	notices("an auditor is appointed twice", || {
		change(|auditors| auditors[1].account = auditors[0].account)
	});
	notices("the auditors are not in order of appointment", || {
		change(|auditors| auditors[0].since = START + 1)
	});
}

#[test]
fn cases_that_end_before_they_begin_are_noticed() {
	let complaint = "a case's times are not in order";
	notices(complaint, || case(1, |case| case.until = case.opened));
	notices(complaint, || case(1, |case| case.review_by = case.opened));
}

#[test]
fn bonds_that_are_not_held_are_noticed() {
	let complaint = "a bond is not what is held for it";
	notices(complaint, || {
		Bonds::<Test>::mutate(HOSPITAL, |bond| bond.as_mut().expect("there is a bond").amount += 1)
	});
	notices(complaint, || {
		assert_ok!(Balances::release(
			&HoldReason::EmergencyBond.into(),
			&ADMIN,
			1,
			frame_support::traits::tokens::Precision::Exact
		));
	});
	notices("an empty bond has a row", || {
		Bonds::<Test>::insert(CLINIC, Bond { depositor: CHIEF, amount: 0 })
	});
}
