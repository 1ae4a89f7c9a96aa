//! Recovery of a lost key, from the guardians' proposal to the rights of the new and the old
//! account.

use crate::common::*;
use frame_support::weights::Weight;
use pallet_roles::{AccountUsages, Call as RolesCall};
use pallet_succession::Call;
use salus_primitives::{
	AccessRequest, ActFilter, Category, Confidentiality, Content, Enrolment, LogEvent, NewRecord,
	Purpose, Recipient, RecordId, Role, RoleQuery, Scope, SuccessionEvent, SuccessionQuery, Wrap,
	CODEC_DAG_PB,
};
use salus_runtime::{
	succession::PatientCalls, units::DAY_MILLIS, AccountId, Executive, Roles, Runtime, RuntimeCall,
	RuntimeOrigin, Succession, System,
};
use serde_json::json;
use sp_core::Pair;
use sp_runtime::{
	traits::Dispatchable,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
	DispatchError,
};

const DEAD: TransactionValidityError =
	TransactionValidityError::Invalid(InvalidTransaction::BadSigner);

const KEY: [u8; 32] = [9; 32];

/// Runs a test in which the hospital enrols the patient, who appoints three members of it as
/// guardians.
fn with_guardians(test: impl FnOnce()) {
	with_guardians_on(json!({}), test);
}

/// Runs a test as [`with_guardians`] does, on a genesis with some changes.
fn with_guardians_on(change: serde_json::Value, test: impl FnOnce()) {
	on_chain_of("development", change, || {
		let expires = START + DAY_MILLIS / 2;
		let to_sign = Enrolment {
			genesis: System::block_hash(0).into(),
			patient: account("//Patient"),
			organisation: 1,
			key: KEY,
			expires,
		}
		.to_sign();
		let enrol = RolesCall::<Runtime>::enrol_patient {
			organisation: 1,
			patient: account("//Patient"),
			key: KEY,
			credential: [2; 32],
			expires,
			signature: pair("//Patient").sign(&to_sign).into(),
		};
		assert_eq!(send("//Admin", enrol), Ok(Ok(())));
		for guardian in ["//Sister", "//Brother", "//Friend"] {
			admit(guardian, Role::Device);
			assert_eq!(send("//Patient", appoint(guardian)), Ok(Ok(())));
		}
		test();
	});
}

fn appoint(guardian: &str) -> RuntimeCall {
	pallet_consent::Call::appoint_guardian {
		guardian: account(guardian),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		until: None,
	}
	.into()
}

fn propose(successor: &str) -> RuntimeCall {
	recovery("//Patient", successor, successor)
}

fn approve(successor: &str) -> RuntimeCall {
	let (patient, successor) = (account("//Patient"), account(successor));
	Call::approve { patient, successor }.into()
}

fn complete() -> RuntimeCall {
	let patient = account("//Patient");
	Call::complete { patient }.into()
}

fn act(call: impl Into<RuntimeCall>) -> RuntimeCall {
	Call::act { patient: account("//Patient"), call: Box::new(call.into()) }.into()
}

fn rotate(key: u8) -> RuntimeCall {
	RolesCall::<Runtime>::rotate_key { public: [key; 32] }.into()
}

fn opt_out() -> RuntimeCall {
	pallet_consent::Call::set_emergency_opt_out { opted_out: true }.into()
}

/// Lets two of the three guardians restore the patient under a new account.
fn brought_back(successor: &str, days: u64) {
	assert_eq!(send("//Sister", propose(successor)), Ok(Ok(())));
	assert_eq!(send("//Brother", approve(successor)), Ok(Ok(())));
	next_block_at(days * DAY_MILLIS);
	assert_eq!(send("//Friend", complete()), Ok(Ok(())));
}

fn log_of(patient: &str) -> Vec<(AccountId, LogEvent)> {
	let page = salus_runtime::Access::log_page(&account(patient), 0, 100);
	let entries = page.entries.into_iter();
	entries.map(|entry| (entry.actor, entry.event)).collect()
}

#[test]
fn guardians_restore_a_patient_and_the_log_shows_it() {
	with_guardians(|| {
		brought_back("//New", 3);
		let successor = account("//New").into();
		let expires = START + 30 * DAY_MILLIS;
		let by = |who: &str, event| (account(who), LogEvent::Succession(event));
		assert_eq!(
			log_of("//Patient"),
			[
				by("//Sister", SuccessionEvent::Proposed { successor, expires }),
				by("//Brother", SuccessionEvent::Approved { successor }),
				by("//Friend", SuccessionEvent::Completed { successor }),
			]
		);
		assert_eq!(Succession::acts_for(&account("//New")), Some(account("//Patient")));
	});
}

#[test]
fn one_guardian_or_the_hospital_alone_restores_nobody() {
	for (who, other) in [("//Sister", "//Sister"), ("//Admin", "//Admin")] {
		with_guardians(|| {
			assert_eq!(send(who, propose("//Thief")), Ok(Ok(())));
			assert!(send(other, approve("//Thief")).expect("it is taken").is_err());
			next_block_at(5 * DAY_MILLIS);
			assert!(send(who, complete()).expect("it is taken").is_err());
			assert!(!Succession::is_succeeded(&account("//Patient")));
			assert_eq!(send("//Patient", opt_out()), Ok(Ok(())));
		});
	}
}

#[test]
fn the_holder_of_the_key_can_stop_a_recovery() {
	with_guardians(|| {
		assert_eq!(send("//Sister", propose("//Thief")), Ok(Ok(())));
		assert_eq!(send("//Admin", approve("//Thief")), Ok(Ok(())));
		next_block_at(2 * DAY_MILLIS);
		let patient = account("//Patient");
		assert_eq!(send("//Patient", Call::object { patient }), Ok(Ok(())));
		next_block_at(4 * DAY_MILLIS);
		assert!(send("//Sister", complete()).expect("it is taken").is_err());
	});
}

#[test]
fn the_lost_key_can_no_longer_sign() {
	with_guardians(|| {
		let waiting = sign("//Patient", opt_out(), 0);
		brought_back("//New", 3);
		assert_eq!(send("//Patient", opt_out()), Err(DEAD));
		// The pool also refuses what it signed before.
		let parent = System::parent_hash();
		let valid = Executive::validate_transaction(TransactionSource::External, waiting, parent);
		assert_eq!(valid.unwrap_err(), DEAD);
		// The key of a successor who was succeeded cannot sign either.
		next_block_at(4 * DAY_MILLIS);
		brought_back("//Newer", 7);
		assert_eq!(send("//New", act(opt_out())), Err(DEAD));
		assert_eq!(send("//Newer", act(opt_out())), Ok(Ok(())));
	});
}

#[test]
fn the_lost_key_accepts_nothing_either() {
	with_guardians(|| {
		brought_back("//New", 3);
		let patient = account("//Patient");
		let release = RolesCall::<Runtime>::release_patient { organisation: 1, patient };
		assert_eq!(send("//Admin", release), Ok(Ok(())));
		// Somebody who found the lost key signs the hospital's enrolment and admission.
		let refused = Ok(Err(pallet_roles::Error::<Runtime>::Succeeded.into()));
		assert_eq!(send("//Admin", enrolment(1, "//Patient")), refused);
		assert_eq!(send("//Admin", admission(1, "//Patient", Role::Device)), refused);
		let key = Roles::key(&Recipient::Account(account("//Patient"))).expect("it has one");
		assert_eq!(key.public, KEY);
	});
}

#[test]
fn the_lost_key_stages_no_uploads() {
	with_guardians(|| {
		assert_eq!(send("//Admin", admission(1, "//Patient", Role::Device)), Ok(Ok(())));
		assert_eq!(Roles::may_stage(&account("//Patient")), Some(1));
		brought_back("//New", 3);
		assert_eq!(Roles::may_stage(&account("//Patient")), None);
	});
}

#[test]
fn a_successor_can_stop_the_next_recovery() {
	with_guardians(|| {
		brought_back("//New", 3);
		next_block_at(4 * DAY_MILLIS);
		assert_eq!(send("//Sister", propose("//Thief")), Ok(Ok(())));
		let patient = account("//Patient");
		// The new account has neither tokens nor a membership.
		assert_eq!(balance("//New"), 0);
		let calls: [RuntimeCall; 3] = [
			Call::object { patient: patient.clone() }.into(),
			Call::set_threshold { patient: patient.clone(), threshold: Some(3) }.into(),
			Call::let_hospital { patient, hospital: false }.into(),
		];
		for call in calls {
			assert_eq!(send("//New", call.clone()), Ok(Ok(())), "{call:?}");
			let payment = TransactionValidityError::Invalid(InvalidTransaction::Payment);
			assert_eq!(send("//Stranger", call), Err(payment));
		}
	});
}

#[test]
fn a_successor_draws_from_the_patients_allowance() {
	with_guardians(|| {
		brought_back("//New", 3);
		let spent = || AccountUsages::<Runtime>::get(account("//Patient")).spent;
		let before = spent();
		let lift = || act(pallet_consent::Call::lift { denial: 1 });
		let fee = fee("//New", lift());
		assert!(send("//New", lift()).is_ok());
		// A new day has begun since the patient last signed.
		assert!(before > 0 && spent() > 0 && spent() <= fee);
		assert_eq!(balance("//New"), 0);
		assert_eq!(AccountUsages::<Runtime>::get(account("//New")).spent, 0);
	});
}

#[test]
fn nobody_else_draws_on_it_and_paid_calls_do_not_either() {
	with_guardians(|| {
		brought_back("//New", 3);
		let payment = TransactionValidityError::Invalid(InvalidTransaction::Payment);
		let batch = pallet_utility::Call::batch { calls: vec![opt_out()] };
		assert_eq!(send("//New", act(batch)), Err(payment));
		for call in [act(opt_out()), opt_out()] {
			assert_eq!(send("//Stranger", call), Err(payment));
		}
	});
}

#[test]
fn a_successor_makes_only_calls_of_patients() {
	with_guardians(|| {
		brought_back("//New", 3);
		// These are for paid calls.
		endow("//Patient", 1_000_000_000_000_000);
		endow("//New", 1_000_000_000_000_000);
		let transfer = || {
			RuntimeCall::from(pallet_balances::Call::transfer_allow_death {
				dest: account("//New").into(),
				value: 1,
			})
		};
		let batch = |calls| RuntimeCall::from(pallet_utility::Call::batch_all { calls });
		let derivative =
			pallet_utility::Call::as_derivative { index: 0, call: Box::new(opt_out()) };
		for call in [
			transfer(),
			batch(vec![opt_out(), transfer()]),
			batch(vec![batch(vec![transfer()])]),
			derivative.into(),
			act(opt_out()),
			frame_system::Call::remark { remark: vec![] }.into(),
		] {
			let refused = send("//New", act(call.clone()));
			assert!(matches!(refused, Ok(Err(_))), "{call:?}: {refused:?}");
		}
		let allowed = batch(vec![opt_out(), rotate(7), appoint("//Admin")]);
		assert_eq!(send("//New", act(allowed)), Ok(Ok(())));
	});
}

/// Registers a record about an account by `//Doctor`, in direct mode.
fn record_about(patient: &str, salt: u8) -> RecordId {
	let wrap = Wrap { key_version: 1, sealed: [6; 80] };
	let new = NewRecord {
		patient: account(patient),
		organisation: 1,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		salt: [salt; 32],
		content: Content {
			root: salus_primitives::Cid::new(CODEC_DAG_PB, [salt; 32]),
			size: 1,
			commitment: [7; 32],
		},
		wraps: vec![(salus_primitives::Recipient::Account(account(patient)), wrap)]
			.try_into()
			.expect("one fits"),
		sealed: None,
	};
	let register = RuntimeCall::from(pallet_records::Call::register { new });
	register.dispatch(RuntimeOrigin::signed(account("//Doctor"))).expect("the hospital may write");
	RecordId::new(&account("//Doctor"), &account(patient), &[salt; 32])
}

/// A hospital enrols a puppet and makes other puppets its guardians. It names accounts that it
/// wants to silence as successors, then recovers the puppet to another account.
#[test]
fn a_hospital_with_puppets_silences_no_account() {
	let validators = json!([[account("//Alice"), account("//Seat")]]);
	with_guardians_on(json!({ "validators": { "validators": validators } }), || {
		let seats = pallet_collective::Members::<Runtime, pallet_collective::Instance1>::get();
		let validators = pallet_validators::Validators::<Runtime>::get();
		assert!(seats.contains(&account("//Seat")));
		assert!(validators.iter().any(|one| one.account == account("//Alice")));
		salus_runtime::Roles::register_organisation(
			RuntimeOrigin::root(),
			salus_primitives::OrganisationKind::Hospital,
			vec![account("//OtherAdmin")].try_into().expect("one is few enough"),
			[1; 32],
		)
		.expect("root stands for the council");
		let victims = ["//Seat", "//Alice", "//OtherAdmin"];
		let invalid: DispatchError = pallet_succession::Error::<Runtime>::InvalidSignature.into();
		for victim in victims {
			for signer in ["//Admin", "//Patient", "//New"] {
				for supporter in ["//Admin", "//Sister"] {
					let call = recovery("//Patient", victim, signer);
					assert_eq!(send(supporter, call), Ok(Err(invalid)));
				}
			}
		}
		// A victim's signature for another patient is worthless too.
		let mut call = recovery("//Someone", "//Seat", "//Seat");
		if let RuntimeCall::Succession(Call::propose_accepted { patient, .. }) = &mut call {
			*patient = account("//Patient");
		}
		assert_eq!(send("//Admin", call), Ok(Err(invalid)));
		// The refused proposals do not stand in the way of one with a signature, and only accounts
		// that signed are succeeded.
		brought_back("//New", 3);
		next_block_at(4 * DAY_MILLIS);
		brought_back("//Newer", 7);
		assert_eq!(send("//New", act(opt_out())), Err(DEAD));
		for victim in victims {
			assert!(!Succession::is_succeeded(&account(victim)));
			assert_eq!(Succession::acts_for(&account(victim)), None);
			endow(victim, 1_000_000_000_000_000);
			let remark = frame_system::Call::<Runtime>::remark { remark: vec![1] };
			assert_eq!(send(victim, remark), Ok(Ok(())));
		}
	});
}

#[test]
fn a_restored_patient_is_not_restored_as_a_doctor() {
	with_guardians(|| {
		admit("//Doctor", Role::Practitioner);
		let own = record_about("//Patient", 1);
		let asking = |record| AccessRequest {
			record,
			version: None,
			purpose: Purpose::TREAT,
			reader_key: [8; 32],
		};
		let request =
			|record| RuntimeCall::from(pallet_access::Call::request { request: asking(record) });
		let from = |record| {
			let request = asking(record);
			RuntimeCall::from(pallet_access::Call::request_from { request, epoch: 1 })
		};
		let other = RecordId([3; 32]);
		let patient = account("//Patient");
		let may = |call: &RuntimeCall| PatientCalls::may_act(&patient, call);
		assert!(may(&request(own)) && may(&request(other)) && may(&rotate(7)));
		assert!(may(&from(own)) && may(&from(other)));
		let weight = PatientCalls::may_act_weight(&request(own));
		assert!(
			weight.all_gt(Weight::zero()) && weight == PatientCalls::may_act_weight(&from(own))
		);

		admit("//Patient", Role::Practitioner);
		assert!(may(&request(own)) && may(&opt_out()));
		assert!(may(&from(own)) && !may(&from(other)));
		assert!(!may(&request(other)) && !may(&rotate(7)));

		let revoke = RolesCall::<Runtime>::revoke_member {
			organisation: 1,
			account: account("//Patient"),
			role: Role::Practitioner,
		};
		assert_eq!(send("//Admin", revoke), Ok(Ok(())));
		assert!(may(&request(other)) && may(&rotate(7)));
	});
}

#[test]
fn a_restored_patient_is_not_restored_as_an_administrator() {
	with_guardians(|| {
		let patient = account("//Patient");
		let calls = [propose("//New"), approve("//New"), complete(), rotate(7)];
		let may = || calls.iter().map(|call| PatientCalls::may_act(&patient, call));
		assert!(may().all(|may| may));
		salus_runtime::Roles::set_admins(
			RuntimeOrigin::root(),
			1,
			vec![account("//Admin"), patient.clone()].try_into().expect("two are few enough"),
		)
		.expect("root stands for the council");
		assert!(may().all(|may| !may));
		assert!(PatientCalls::may_act(&patient, &opt_out()));
	});
}

#[test]
fn filtering_a_batch_weighs_the_same_as_filtering_its_calls() {
	let rotations =
		|count| pallet_utility::Call::<Runtime>::batch_all { calls: vec![rotate(1); count] };
	let one = PatientCalls::may_act_weight(&rotate(1));
	assert!(one.ref_time() > 0);
	assert_eq!(PatientCalls::may_act_weight(&rotations(3).into()), one * 3);
	let nested =
		pallet_utility::Call::<Runtime>::batch { calls: vec![rotations(2).into(), rotate(1)] };
	assert_eq!(PatientCalls::may_act_weight(&nested.into()), one * 3);
}
