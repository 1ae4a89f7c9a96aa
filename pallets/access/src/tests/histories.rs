//! Random histories, compared with a plain list and a fold over it.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Possible next step. Its numbers select among what exists.
#[derive(Clone, Debug)]
enum Step {
	Ask { reader: u8, record: u8, key: u8 },
	AskInEmergency { reader: u8, record: u8, key: u8 },
	Share { request: u8, member: u8, old_epoch: bool },
	Open { who: u8, patient: u8 },
	Review { case: u8, by: u8, justified: bool },
	Archive { who: u8, patient: u8, count: u8 },
	Forget { case: u8 },
	Erase { record: u8 },
	Standing { who: u8 },
	Grant { who: u8 },
	Clean,
	Wait { time: u8 },
}

fn step() -> impl Strategy<Value = Step> {
	let any = any::<u8>;
	prop_oneof![
		8 => (any(), any(), 0..24u8).prop_map(|(reader, record, key)| Step::Ask { reader, record, key }),
		2 => (any(), any(), 0..24u8)
			.prop_map(|(reader, record, key)| Step::AskInEmergency { reader, record, key }),
		8 => (any(), 0..6u8, prop::bool::weighted(0.1))
			.prop_map(|(request, member, old_epoch)| Step::Share { request, member, old_epoch }),
		3 => (any(), any()).prop_map(|(who, patient)| Step::Open { who, patient }),
		4 => (any(), any(), prop::bool::weighted(0.8))
			.prop_map(|(case, by, justified)| Step::Review { case, by, justified }),
		3 => (any(), any(), 0..6u8).prop_map(|(who, patient, count)| Step::Archive { who, patient, count }),
		1 => any().prop_map(|case| Step::Forget { case }),
		1 => prop::bool::weighted(0.2).prop_map(|first| Step::Erase { record: u8::from(!first) + 1 }),
		1 => any().prop_map(|who| Step::Standing { who }),
		1 => any().prop_map(|who| Step::Grant { who }),
		3 => Just(Step::Clean),
		5 => any().prop_map(|time| Step::Wait { time }),
	]
}

const PEOPLE: [AccountId; 8] =
	[DOCTOR, SURGEON, NURSE, CLINICIAN, PATIENT, OTHER_PATIENT, AUDITOR, STRANGER];
const PATIENTS: [AccountId; 2] = [PATIENT, OTHER_PATIENT];
const RECORDS: [RecordId; 3] = [LAB, NOTE, FOREIGN];
/// Accounts that review, with the role that they claim.
const REVIEWERS: [(AccountId, Reviewer); 8] = [
	(AUDITOR, Reviewer::Auditor),
	(INSPECTOR, Reviewer::Auditor),
	(EXAMINER, Reviewer::Auditor),
	(MATRON, Reviewer::Admin),
	(ADMIN, Reviewer::Admin),
	(VICE, Reviewer::Admin),
	(HOUSE_AUDITOR, Reviewer::Auditor),
	(SURGEON, Reviewer::Auditor),
];

fn take(step: Step) {
	let last = RequestCount::<Test>::get();
	match step {
		Step::Ask { reader, record, key: number } => {
			let request = asking(pick(&RECORDS, record), None, key(u32::from(number)));
			let _ = Access::request(signed(pick(&PEOPLE, reader)), request);
		}
		Step::AskInEmergency { reader, record, key: number } => {
			let request = asking(pick(&RECORDS, record), None, key(u32::from(number)));
			let (who, reason) = (signed(pick(&PEOPLE, reader)), EmergencyReason::Other);
			let _ = Access::request_in_emergency(who, HOSPITAL, reason, [6; 32], request);
		}
		Step::Share { request, member, old_epoch } => {
			// One of the latest requests.
			let request = last.saturating_sub(u64::from(request % 6));
			let epoch = if old_epoch { EPOCH + 1 } else { EPOCH };
			let member = MemberIndex::from(member);
			let _ = Access::accept_share(request, epoch, member, share(member), Now::get());
		}
		Step::Open { who, patient } => {
			let who = pick(&PEOPLE, who);
			let organisation = if who == CLINICIAN { CLINIC } else { HOSPITAL };
			let _ = Access::open_emergency(
				signed(who),
				pick(&PATIENTS, patient),
				organisation,
				EmergencyReason::Other,
				[6; 32],
			);
		}
		Step::Review { case, by, justified } => {
			let open: Vec<_> = Cases::<Test>::iter_keys().collect();
			if !open.is_empty() {
				let (who, reviewer) = pick(&REVIEWERS, by);
				let id = pick(&open, case);
				let _ = Access::review_emergency(signed(who), id, justified, reviewer);
			}
		}
		Step::Archive { who, patient, count } => {
			let patient = pick(&PATIENTS, patient);
			let up_to = Heads::<Test>::get(patient).archived + u32::from(count);
			let _ = Access::archive(signed(pick(&PEOPLE, who)), patient, up_to);
		}
		Step::Forget { case } => {
			let id = CaseId::from(case) % (CaseCount::<Test>::get() + 1);
			let _ = Access::forget_case(signed(AUDITOR), id);
		}
		Step::Erase { record } => Records::erase(pick(&RECORDS, record)),
		Step::Standing { who } => {
			Roles::change(pick(&PEOPLE[..4], who), Role::Practitioner, |member| {
				member.status = match member.status {
					MemberStatus::Active => MemberStatus::Suspended,
					_ => MemberStatus::Active,
				};
			});
		}
		Step::Grant { who } => change(|world| {
			let key = (PATIENT, pick(&PEOPLE[..4], who));
			if world.grants.remove(&key).is_none() {
				world.grants.insert(key, 9);
			}
		}),
		Step::Clean => {
			Access::clean_up(frame_support::weights::Weight::MAX);
		}
		Step::Wait { time } => {
			wait(pick(&[6_000, MINUTE, HOUR / 2, HOUR, 5 * HOUR, DAY, 80 * HOUR, YEAR], time))
		}
	}
}

/// Logs as plain lists built from events. Archived entries stay in them.
#[derive(Default)]
struct Model(BTreeMap<AccountId, Vec<LogEntry<AccountId>>>);

impl Model {
	fn listen(&mut self) {
		for event in events() {
			if let Event::Logged { patient, entry, .. } = event {
				self.0.entry(patient).or_default().push(entry);
			}
		}
	}

	fn check(&self) {
		let fold = |entries: &[LogEntry<AccountId>]| {
			entries.iter().fold([0; 32], |head, entry| entry.extend(&head))
		};
		for patient in PATIENTS {
			let all = self.0.get(&patient).cloned().unwrap_or_default();
			let log = Heads::<Test>::get(patient);
			let archived = log.archived as usize;
			assert_eq!(log.count as usize, all.len());
			assert_eq!(log.head, fold(&all));
			assert_eq!(log.archived_head, fold(&all[..archived]));
			assert_eq!(log_of(patient), all[archived..]);
			self.check_releases(&all);
			for hospital in [HOSPITAL, CLINIC] {
				let cases = Access::emergencies_of(&patient).into_iter();
				let open = cases.filter(|(_, case)| {
					case.organisation == hospital && case.status == CaseStatus::Open
				});
				assert!(open.count() as u32 <= MaxUnreviewedPerPatient::get());
			}
		}
	}

	/// Checks that every released key has exactly one entry, after its permit, and that no key is
	/// released without one.
	fn check_releases(&self, log: &[LogEntry<AccountId>]) {
		let mut permitted = BTreeMap::new();
		for entry in log {
			match entry.event {
				LogEvent::Requested { request, decision, .. } => {
					permitted.insert(request, (decision.is_permit(), entry.at));
				}
				LogEvent::Released { request } => {
					let (yes, at) = permitted
						.remove(&request)
						.expect("a request is permitted first and released once");
					assert!(yes && entry.at < at + HOUR);
				}
				_ => {}
			}
		}
		for (request, release) in Releases::<Test>::iter() {
			if release.shares >= release.threshold {
				assert!(!permitted.contains_key(&request));
			}
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn random_histories_agree_with_a_plain_list(steps in prop::collection::vec(step(), 1..80)) {
		new_test_ext().execute_with(|| {
			deposit(ADMIN, HOSPITAL, 10 * MIN_BOND);
			deposit(CHIEF, CLINIC, 10 * MIN_BOND);
			let mut model = Model::default();
			for step in steps {
				// A failed call leaves no changes behind, as in a block.
				let _ = frame_support::storage::with_storage_layer(|| {
					take(step);
					Ok::<_, sp_runtime::DispatchError>(())
				});
				model.listen();
				model.check();
				Access::do_try_state().expect("the invariants still hold");
			}
		});
	}
}
