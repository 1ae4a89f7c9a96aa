//! Random histories, against a model that keeps every statement and counts them from scratch each
//! time.

use super::*;
use frame_support::storage::with_storage_layer;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A random step. Numbers select from what exists.
#[derive(Clone, Debug)]
enum Step {
	Propose(u8, u8, u8, u8),
	Approve(u8, u8, u8),
	Object(u8, u8),
	Withdraw(u8, u8),
	Complete(u8),
	Threshold(u8, u8, u8),
	Hospital(u8, u8, bool),
	Guardian(u8, u8),
	Administrator(u8),
	Suspend,
	Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
	let any = any::<u8>;
	prop_oneof![
		6 => (any(), any(), any(), any())
			.prop_map(|(who, patient, new, signs)| Step::Propose(who, patient, new, signs)),
		9 => (any(), any(), any()).prop_map(|(who, patient, new)| Step::Approve(who, patient, new)),
		1 => (any(), any()).prop_map(|(who, patient)| Step::Object(who, patient)),
		1 => (any(), any()).prop_map(|(who, patient)| Step::Withdraw(who, patient)),
		5 => any().prop_map(Step::Complete),
		1 => (any(), any(), 0..10u8).prop_map(|(who, patient, number)| Step::Threshold(who, patient, number)),
		1 => (any(), any(), prop::bool::weighted(0.7))
			.prop_map(|(who, patient, hospital)| Step::Hospital(who, patient, hospital)),
		2 => (any(), any()).prop_map(|(who, patient)| Step::Guardian(who, patient)),
		1 => any().prop_map(Step::Administrator),
		1 => Just(Step::Suspend),
		6 => any().prop_map(Step::Wait),
	]
}

const PATIENTS: [AccountId; 3] = [PATIENT, LONER, ORPHAN];
const SUPPORTERS: [AccountId; 7] = [SISTER, BROTHER, FRIEND, UNCLE, ADMIN, DEPUTY, STRANGER];
const ACCOUNTS: [AccountId; 5] = [NEW, OTHER, 53, 54, SEAT];
/// Account that agrees to act for nobody, such as one with a seat in a council.
const SEAT: AccountId = 55;

/// Capacity of a supporter: `None` for the hospital, or a guardian.
type Capacity = Option<AccountId>;
const THE_HOSPITAL: Capacity = None;

#[derive(Clone)]
struct Try {
	successor: AccountId,
	proposer: AccountId,
	capacity: Capacity,
	began: Moment,
	needed: usize,
	hospital: bool,
	said: Vec<(AccountId, Capacity, Moment)>,
}

#[derive(Clone)]
struct Model {
	/// Every account that ever acted for the patient, in order.
	holders: BTreeMap<AccountId, Vec<AccountId>>,
	policies: BTreeMap<AccountId, (Option<usize>, bool)>,
	tries: BTreeMap<AccountId, Try>,
	/// Failed attempts: patient, proposer and time.
	failures: Vec<(AccountId, Capacity, Moment)>,
}

impl Model {
	fn new() -> Self {
		Self {
			holders: PATIENTS.map(|patient| (patient, vec![patient])).into(),
			policies: PATIENTS.map(|patient| (patient, (None, true))).into(),
			tries: BTreeMap::new(),
			failures: vec![],
		}
	}

	fn holder(&self, patient: AccountId) -> AccountId {
		*self.holders[&patient].last().expect("never empty")
	}

	fn is_admin(patient: AccountId, who: AccountId) -> bool {
		patient != LONER && Roles::is_admin(&who, HOSPITAL)
	}

	/// Returns the eligible guardians.
	fn guardians(&self, patient: AccountId) -> Vec<AccountId> {
		let mut guardians = guardians_at(patient, Now::get());
		guardians.retain(|who| !Self::is_admin(patient, *who) && *who != self.holder(patient));
		guardians
	}

	fn needed(&self, patient: AccountId) -> usize {
		let most = appointed_at(patient, Now::get()).len() / 2 + 1;
		self.policies[&patient].0.unwrap_or(most.max(2))
	}

	fn capacity(&self, patient: AccountId, who: AccountId) -> Option<Capacity> {
		if self.guardians(patient).contains(&who) {
			Some(Some(who))
		} else if self.policies[&patient].1 && Self::is_admin(patient, who) {
			Some(THE_HOSPITAL)
		} else {
			None
		}
	}

	/// Returns the statements that count at `now`.
	fn counting(&self, patient: AccountId, attempt: &Try) -> Vec<(AccountId, Capacity, Moment)> {
		let mut said = attempt.said.clone();
		said.retain(|(who, capacity, _)| {
			self.capacity(patient, *who) == Some(*capacity)
				&& (attempt.hospital || *capacity != THE_HOSPITAL)
				&& *who != attempt.successor
		});
		said
	}

	fn has_ended(attempt: &Try) -> bool {
		Now::get() >= attempt.began + LIFETIME
	}

	fn propose(&mut self, who: AccountId, patient: AccountId, successor: AccountId) -> bool {
		let Some(capacity) = self.capacity(patient, who) else {
			return false;
		};
		let used = self.holders.values().flatten().any(|held| *held == successor);
		let open = self.tries.get(&patient).cloned();
		if used || open.as_ref().is_some_and(|open| !Self::has_ended(open)) {
			return false;
		}
		let mut failures = self.failures.clone();
		if let Some(old) = open {
			failures.push((patient, old.capacity, old.began + LIFETIME));
		}
		let waits = |(of, by, at): &(AccountId, Capacity, Moment)| {
			(*of, *by) == (patient, capacity) && Now::get() < at + COOLDOWN
		};
		if failures.iter().any(waits) {
			return false;
		}
		self.failures = failures;
		let attempt = Try {
			successor,
			proposer: who,
			capacity,
			began: Now::get(),
			needed: self.needed(patient),
			hospital: self.policies[&patient].1,
			said: vec![(who, capacity, Now::get())],
		};
		self.tries.insert(patient, attempt);
		true
	}

	fn approve(&mut self, who: AccountId, patient: AccountId, successor: AccountId) -> bool {
		let Some(mut attempt) = self.tries.get(&patient).cloned() else {
			return false;
		};
		let Some(capacity) = self.capacity(patient, who) else {
			return false;
		};
		attempt.said = self.counting(patient, &attempt);
		if Self::has_ended(&attempt)
			|| attempt.successor != successor
			|| (capacity == THE_HOSPITAL && !attempt.hospital)
			|| attempt.said.iter().any(|(_, other, _)| *other == capacity)
		{
			return false;
		}
		attempt.said.push((who, capacity, Now::get()));
		self.tries.insert(patient, attempt);
		true
	}

	fn fail(&mut self, patient: AccountId, allowed: impl FnOnce(&Self, &Try) -> bool) -> bool {
		match self.tries.get(&patient).cloned() {
			Some(attempt) if allowed(self, &attempt) => {
				self.tries.remove(&patient);
				self.failures.push((patient, attempt.capacity, Now::get()));
				true
			}
			_ => false,
		}
	}

	fn complete(&mut self, patient: AccountId) -> bool {
		let Some(attempt) = self.tries.get(&patient).cloned() else {
			return false;
		};
		// Counts only statements that are old enough.
		let mut old = self.counting(patient, &attempt);
		old.retain(|(_, _, at)| at + DELAY <= Now::get());
		let hospital = old.iter().any(|(_, capacity, _)| *capacity == THE_HOSPITAL);
		let guardians = old.len() - usize::from(hospital);
		let enough =
			guardians >= attempt.needed.max(self.needed(patient)) || (hospital && guardians > 0);
		let used = self.holders.values().flatten().any(|held| *held == attempt.successor);
		if Self::has_ended(&attempt) || !enough || used {
			return false;
		}
		self.tries.remove(&patient);
		let holders = self.holders.get_mut(&patient).expect("is a patient");
		holders.push(attempt.successor);
		true
	}

	/// Compares the pallet's state with the model.
	fn check(&self) {
		assert!(!Succession::is_succeeded(&SEAT));
		assert_eq!(Succession::acts_for(&SEAT), None);
		for patient in PATIENTS {
			let holders = &self.holders[&patient];
			let current = self.holder(patient);
			for held in holders {
				assert_eq!(Succession::is_succeeded(held), *held != current);
				let acts_for = (*held == current && current != patient).then_some(patient);
				assert_eq!(Succession::acts_for(held), acts_for);
			}
			let successor = (current != patient).then_some(current);
			assert_eq!(Succession::successor(&patient), successor);
			let open = self.tries.get(&patient).filter(|open| !Self::has_ended(open));
			let expected = open.map(|open| {
				let said = self.counting(patient, open);
				let needed = open.needed.max(self.needed(patient));
				(open.successor, needed as u32, said)
			});
			let shown = Succession::attempt(&patient).map(|attempt| {
				let said = attempt.support.into_iter().map(|given| {
					let capacity = match given.supporter {
						Supporter::Guardian(who) => Some(who),
						Supporter::Hospital(_) => THE_HOSPITAL,
					};
					(given.by, capacity, given.at)
				});
				(attempt.successor, attempt.threshold, said.collect())
			});
			assert_eq!(shown, expected);
		}
	}

	/// Returns the holder for half of the numbers, otherwise anyone.
	fn person(&self, number: u8, patient: AccountId) -> AccountId {
		if number.is_multiple_of(2) {
			self.holder(patient)
		} else {
			pick(&[PATIENT, LONER, NEW, OTHER, SISTER], number / 2)
		}
	}

	fn set_threshold(
		&mut self,
		who: AccountId,
		patient: AccountId,
		threshold: Option<u32>,
	) -> bool {
		let allowed = who == self.holder(patient)
			&& threshold.is_none_or(|threshold| (2..9).contains(&threshold));
		if allowed {
			let policy = self.policies.get_mut(&patient).expect("is a patient");
			policy.0 = threshold.map(|threshold| threshold as usize);
		}
		allowed
	}

	fn let_hospital(&mut self, who: AccountId, patient: AccountId, hospital: bool) -> bool {
		let allowed = who == self.holder(patient);
		if allowed {
			self.policies.get_mut(&patient).expect("is a patient").1 = hospital;
			if let Some(open) = self.tries.get_mut(&patient).filter(|_| !hospital) {
				open.hospital = false;
			}
		}
		allowed
	}

	/// Takes the step on both sides, and compares the results.
	fn take(&mut self, step: Step) {
		let patient_of = |number| pick(&PATIENTS, number);
		let (expected, call): (bool, (AccountId, crate::Call<Test>)) = match step {
			Step::Propose(who, patient, new, signs) => {
				let (who, patient) = (pick(&SUPPORTERS, who), patient_of(patient));
				let (agrees, call) = proposed_by(who, patient, pick(&ACCOUNTS, new), signs);
				let expected = agrees && self.propose(who, patient, pick(&ACCOUNTS, new));
				(expected, (who, call))
			}
			Step::Approve(who, patient, new) => {
				let (who, patient) = (pick(&SUPPORTERS, who), patient_of(patient));
				// Mostly the proposed account.
				let proposed = self.tries.get(&patient).map(|open| open.successor);
				let successor = proposed.filter(|_| new > 20).unwrap_or(pick(&ACCOUNTS, new));
				let call = crate::Call::approve { patient, successor };
				(self.approve(who, patient, successor), (who, call))
			}
			Step::Object(who, patient) => {
				let patient = patient_of(patient);
				let who = self.person(who, patient);
				let call = crate::Call::object { patient };
				let holds = |model: &Self, _: &Try| who == model.holder(patient);
				(self.fail(patient, holds), (who, call))
			}
			Step::Withdraw(who, patient) => {
				let (who, patient) = (pick(&SUPPORTERS, who), patient_of(patient));
				let call = crate::Call::withdraw { patient };
				let proposed = |_: &Self, open: &Try| open.proposer == who;
				(self.fail(patient, proposed), (who, call))
			}
			Step::Complete(patient) => {
				let patient = patient_of(patient);
				let call = crate::Call::complete { patient };
				(self.complete(patient), (STRANGER, call))
			}
			Step::Threshold(who, patient, number) => {
				let patient = patient_of(patient);
				let who = self.person(who, patient);
				let threshold = (number > 0).then_some(u32::from(number));
				let call = crate::Call::set_threshold { patient, threshold };
				(self.set_threshold(who, patient, threshold), (who, call))
			}
			Step::Hospital(who, patient, hospital) => {
				let patient = patient_of(patient);
				let who = self.person(who, patient);
				let call = crate::Call::let_hospital { patient, hospital };
				(self.let_hospital(who, patient, hospital), (who, call))
			}
			Step::Guardian(who, patient) => {
				turn_guardian(pick(&SUPPORTERS, who), patient_of(patient));
				return;
			}
			Step::Administrator(who) => {
				turn_administrator(pick(&SUPPORTERS, who));
				return;
			}
			Step::Suspend => {
				turn_hospital();
				return;
			}
			Step::Wait(time) => {
				wait(pick(&[HOUR, DAY, DELAY, DELAY, COOLDOWN, LIFETIME], time));
				return;
			}
		};
		let (who, call) = call;
		// A refused call changes nothing, as in a block.
		let done = with_storage_layer(|| {
			use frame_support::traits::UnfilteredDispatchable;
			let result = call.clone().dispatch_bypass_filter(signed(who));
			result.map(drop).map_err(|error| error.error)
		});
		assert_eq!(done.is_ok(), expected, "{who} {call:?}: {done:?}");
	}
}

/// Returns a proposal, and whether the successor agreed to it, which depends on `signs`.
fn proposed_by(
	who: AccountId,
	patient: AccountId,
	successor: AccountId,
	signs: u8,
) -> (bool, crate::Call<Test>) {
	let agrees = successor != SEAT && signs > 60;
	let agreed = recovery(patient, successor);
	let signature = if agrees {
		sign(successor, &agreed.to_sign())
	} else if successor != SEAT && signs.is_multiple_of(2) {
		// The successor agreed to act for another patient.
		let other = if patient == LONER { PATIENT } else { LONER };
		sign(successor, &recovery(other, successor).to_sign())
	} else {
		sign(who, &agreed.to_sign())
	};
	(agrees, proposal(agreed, signature))
}

/// Dismisses a guardian, or appoints one.
fn turn_guardian(who: AccountId, patient: AccountId) {
	if guardians_at(patient, Now::get()).contains(&who) {
		dismiss(patient, who);
	} else {
		appoint(patient, who, Moment::MAX);
	}
}

/// Dismisses an administrator of the hospital, or appoints one.
fn turn_administrator(who: AccountId) {
	if Roles::admins(HOSPITAL).contains(&who) {
		Roles::dismiss(HOSPITAL, who);
	} else {
		Roles::appoint(HOSPITAL, who);
	}
}

/// Suspends the hospital, or reinstates it.
fn turn_hospital() {
	let status = match Roles::is_active(HOSPITAL) {
		true => OrganisationStatus::Suspended,
		false => OrganisationStatus::Active,
	};
	Roles::set_organisation(HOSPITAL, status);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(2_000))]

	#[test]
	fn random_histories_match_the_model(steps in prop::collection::vec(step(), 1..80)) {
		new_test_ext().execute_with(|| {
			let mut model = Model::new();
			for step in steps {
				model.take(step);
				model.check();
				Succession::do_try_state().expect("the invariants hold");
			}
		});
	}
}
