//! Patients among hostile hospitals. The holder of a patient's key can see, revoke, deny, object,
//! opt out, erase, dismiss, answer, grant and lift at any time and without tokens.
//! Administrators and the council's majority cannot prevent it.

use crate::common::*;
use frame_support::storage::{with_transaction, TransactionOutcome};
use pallet_roles::{AccountUsages, Members, OrganisationUsages, PatientsUsages, Usage};
use salus_primitives::{
	AccessRequest, Action, Category, Confidentiality, Content, GrantTerms, Grantee, MemberStatus,
	Moment, NewRecord, OrganisationId, OrganisationKind, Purpose, ReasonCode, Recipient,
	RecordEntry, RecordId, RecordQuery, RequestTerms, Role, RoleControl, RoleQuery, Scope, Subject,
	SuccessionQuery, Verdict, Wrap, CODEC_DAG_PB,
};
use salus_runtime::{
	units::DAY_MILLIS, Access, AccountId, Consent, Records, Roles, Runtime, RuntimeCall,
	RuntimeOrigin, Succession, Timestamp,
};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult};

/// Number of histories.
const HISTORIES: u64 = 4_000;

/// Number of hostile events in each history before the patient looks, and after.
const STEPS: [usize; 2] = [5, 5];

/// Number of protective calls that the patient then makes, out of all possible ones.
const ACTS: usize = 4;

/// Administrators of the hospitals 1 and 2.
const ADMINS: [&str; 2] = ["//Admin", "//Evil"];

/// Patients enrolled by hospital 1, by hospital 2, and by themself.
const PATIENTS: [&str; 3] = ["//Pia", "//Paul", "//Pim"];

/// Guardians of each patient, who are members of hospital 1.
const GUARDIANS: [&str; 2] = ["//Sister", "//Brother"];

/// Maximum pause, in milliseconds, because nobody looks away for as long as a recovery takes.
const LONGEST_PAUSE: Moment = DAY_MILLIS / 2;

fn dispatch(uri: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
	call.into()
		.dispatch(RuntimeOrigin::signed(account(uri)))
		.map(|_| ())
		.map_err(|error| error.error)
}

fn purposes() -> salus_primitives::Purposes {
	vec![Purpose::TREAT].try_into().expect("one fits")
}

fn actions() -> salus_primitives::Actions {
	vec![Action::Read, Action::Write].try_into().expect("two fit")
}

fn grant(grantee: Grantee<AccountId>) -> RuntimeCall {
	let terms = GrantTerms {
		grantee,
		scope: Scope::Everything,
		purposes: purposes(),
		actions: actions(),
		from: None,
		until: None,
		uses: None,
		condition: None,
	};
	let wraps = Default::default();
	pallet_consent::Call::grant { terms, wraps }.into()
}

fn record_of(patient: &str) -> RecordId {
	RecordId::new(&account("//Doctor"), &account(patient), &[1; 32])
}

fn register(patient: &str) -> RuntimeCall {
	let wrap = Wrap { key_version: 1, sealed: [6; 80] };
	let root = account(patient).into();
	let new = NewRecord {
		patient: account(patient),
		organisation: 1,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		salt: [1; 32],
		content: Content {
			root: salus_primitives::Cid::new(CODEC_DAG_PB, root),
			size: 1,
			commitment: [7; 32],
		},
		wraps: vec![(Recipient::Account(account(patient)), wrap)].try_into().expect("one fits"),
		sealed: None,
	};
	pallet_records::Call::register { new }.into()
}

fn ask(patient: &str) -> RuntimeCall {
	let terms = RequestTerms {
		scope: Scope::Everything,
		purposes: purposes(),
		actions: actions(),
		until: None,
	};
	let patient = account(patient);
	pallet_consent::Call::request { patient, terms }.into()
}

/// Sets up two hospitals, their doctor, and three patients who have granted, appointed and received
/// requests. Nobody has tokens.
fn set_up() {
	let second = Roles::register_organisation(
		RuntimeOrigin::root(),
		OrganisationKind::Hospital,
		vec![account("//Evil")].try_into().expect("one is few"),
		[1; 32],
	);
	second.expect("root stands for the council");
	admit("//Doctor", Role::Practitioner);
	for guardian in GUARDIANS {
		admit(guardian, Role::Device);
	}
	for (index, patient) in PATIENTS.into_iter().enumerate() {
		let enrolled = match ADMINS.get(index) {
			Some(admin) => dispatch(admin, enrolment(index as OrganisationId + 1, patient)),
			None => {
				let key = account(patient).into();
				dispatch(patient, pallet_roles::Call::enrol { key })
			}
		};
		assert_eq!(enrolled, Ok(()));
		assert_eq!(dispatch(patient, grant(Grantee::Organisation(1))), Ok(()));
		for guardian in GUARDIANS {
			let appoint = pallet_consent::Call::appoint_guardian {
				guardian: account(guardian),
				scope: Scope::Everything,
				purposes: purposes(),
				until: None,
			};
			assert_eq!(dispatch(patient, appoint), Ok(()));
		}
		assert_eq!(dispatch("//Doctor", register(patient)), Ok(()));
		assert_eq!(dispatch("//Doctor", ask(patient)), Ok(()));
	}
}

/// Performs an action of hospitals, guardians, doctors or the council against the patient, or a
/// chance event. It may be refused.
fn hostile(chance: &mut Chance, patient: &str) {
	let organisation = chance.of_all(&[1, 2]);
	let admin = ADMINS[organisation as usize - 1];
	let other_role = chance.of_all(&Role::ALL);
	let successor = chance.of_all(&["//New", "//Evil", "//Nora"]);
	let supporter = chance.of_all(&["//Admin", "//Evil", "//Sister", "//Brother"]);
	match chance.below(22) {
		act @ 0..=6 => {
			let call = of_administrator(act, organisation, account(patient), other_role);
			let _ = dispatch(admin, call);
		}
		7 | 8 => {
			let _ = dispatch(supporter, recovery(patient, successor, successor));
		}
		9 | 10 => {
			if let Some(attempt) = pallet_succession::Attempts::<Runtime>::get(account(patient)) {
				let call = pallet_succession::Call::approve {
					patient: account(patient),
					successor: attempt.successor,
				};
				let _ = dispatch(supporter, call);
			}
		}
		11 => {
			let call = pallet_succession::Call::complete { patient: account(patient) };
			let _ = dispatch(supporter, call);
		}
		12 => {
			let _ = dispatch("//Doctor", ask(patient));
		}
		19 => {
			let _ = dispatch(admin, enrolment(organisation, admin));
		}
		20 => {
			// A denied reader fills the patient's log.
			let call = pallet_access::Call::request {
				request: AccessRequest {
					record: record_of(patient),
					version: None,
					purpose: Purpose::HRESCH,
					reader_key: [8; 32],
				},
			};
			let _ = dispatch(chance.of_all(&["//Doctor", "//Evil", "//Nora"]), call);
		}
		event => happens(event, chance, organisation, account(patient)),
	}
}

/// Returns one of seven calls of a hospital's administrator against a patient.
fn of_administrator(
	act: usize,
	organisation: OrganisationId,
	who: AccountId,
	other_role: Role,
) -> RuntimeCall {
	let role = Role::Patient;
	match act {
		0 => pallet_roles::Call::suspend_member { organisation, account: who, role }.into(),
		1 => pallet_roles::Call::revoke_member { organisation, account: who, role }.into(),
		2 => pallet_roles::Call::renew_member {
			organisation,
			account: who,
			role,
			credential: [3; 32],
			expires: Some(Timestamp::get() + 1),
			specialty: None,
		}
		.into(),
		3 => pallet_roles::Call::release_patient { organisation, patient: who }.into(),
		4 => pallet_attestation::Call::attest {
			subject: Subject::Credential { account: who, role },
			verdict: Verdict::Rejected,
			reason: ReasonCode::CredentialUnverified,
			expires: None,
		}
		.into(),
		5 => pallet_roles::Call::admit_member {
			organisation,
			account: who,
			role: other_role,
			credential: [3; 32],
			expires: None,
			specialty: None,
		}
		.into(),
		_ => {
			// Signed by the administrator in place of the patient.
			let RuntimeCall::Roles(pallet_roles::Call::admit_accepted {
				organisation,
				role,
				credential,
				expires,
				specialty,
				until,
				signature,
				..
			}) = admission(organisation, ADMINS[organisation as usize - 1], other_role)
			else {
				unreachable!("it is that call")
			};
			pallet_roles::Call::admit_accepted {
				organisation,
				account: who,
				role,
				credential,
				expires,
				specialty,
				until,
				signature,
			}
			.into()
		}
	}
}

/// Lets one of the other events happen: what others used up, what the council decided, what older
/// runtimes left behind, and time.
fn happens(event: usize, chance: &mut Chance, organisation: OrganisationId, who: AccountId) {
	let role = Role::Patient;
	let used_up = Usage { period: Timestamp::get() / DAY_MILLIS, spent: u128::MAX };
	match event {
		13 => {
			// The patients and the staff of both hospitals have used up their allowances.
			for organisation in [1, 2] {
				OrganisationUsages::<Runtime>::insert(organisation, used_up);
				PatientsUsages::<Runtime>::insert(organisation, used_up);
			}
		}
		14 => {
			AccountUsages::<Runtime>::insert(who, used_up);
		}
		15 => {
			let _ = Roles::suspend_organisation(RuntimeOrigin::root(), organisation);
		}
		16 => {
			let _ = Roles::reinstate_organisation(RuntimeOrigin::root(), organisation);
		}
		17 => {
			<Roles as RoleControl<AccountId>>::suspend(&who, role);
			<Roles as RoleControl<AccountId>>::bar(&who, role);
		}
		18 => {
			// Hospitals could do this under older runtimes.
			Members::<Runtime>::mutate(&who, role, |member| {
				if let Some(member) = member {
					member.status =
						chance.of_all(&[MemberStatus::Suspended, MemberStatus::Revoked]);
					member.expires = Some(1);
				}
			});
		}
		_ => {
			let later = 1 + chance.below(LONGEST_PAUSE as usize) as Moment;
			pallet_timestamp::Now::<Runtime>::mutate(|now| *now += later);
		}
	}
}

/// Returns all protective calls that have a target, as the patient would find them in their own
/// view.
fn protections(patient: &str) -> Vec<(&'static str, RuntimeCall)> {
	let who = account(patient);
	let consent = Consent::consent_of(&who);
	let mut calls: Vec<(&'static str, RuntimeCall)> = vec![
		(
			"deny",
			pallet_consent::Call::deny {
				grantee: Grantee::Organisation(2),
				scope: Scope::Everything,
				remove: Default::default(),
			}
			.into(),
		),
		(
			"opt out",
			pallet_consent::Call::set_emergency_opt_out { opted_out: !consent.opt_out }.into(),
		),
		(
			"close summaries",
			pallet_consent::Call::set_emergency_summary_closed {
				closed: !Consent::closes_summary(&who),
			}
			.into(),
		),
		("grant", grant(Grantee::Account(account("//Nora")))),
		(
			"keep the hospital out",
			pallet_succession::Call::let_hospital { patient: who.clone(), hospital: false }.into(),
		),
	];
	if let Some((grant, _)) = consent.grants.first() {
		let (grant, remove) = (*grant, Default::default());
		calls.push(("revoke", pallet_consent::Call::revoke { grant, remove }.into()));
	}
	if let Some((denial, _)) = consent.denials.first() {
		let denial = *denial;
		calls.push(("lift", pallet_consent::Call::lift { denial }.into()));
	}
	if let Some((id, _)) = consent.guardians.first() {
		let id = *id;
		calls.push(("dismiss", pallet_consent::Call::dismiss_guardian { id }.into()));
	}
	if let Some((request, _)) = consent.requests.first() {
		let (patient, request) = (who.clone(), *request);
		calls.push(("decline", pallet_consent::Call::decline { patient, request }.into()));
	}
	if matches!(Records::record(&record_of(patient)), Some(RecordEntry::Live(_))) {
		let record = record_of(patient);
		calls.push(("erase", pallet_records::Call::erase { record }.into()));
	}
	if pallet_succession::Attempts::<Runtime>::contains_key(&who) {
		let patient = who.clone();
		calls.push(("object", pallet_succession::Call::object { patient }.into()));
	}
	if Members::<Runtime>::get(&who, Role::Patient)
		.is_some_and(|member| member.organisation.is_some())
	{
		let role = Role::Patient;
		calls.push(("leave", pallet_roles::Call::leave { role }.into()));
	}
	calls
}

fn protects(history: u64, patient: &str, name: &str, call: RuntimeCall) {
	assert_eq!(send(patient, call), Ok(Ok(())), "history {history}: {patient} could not {name}");
}

/// Checks that a patient who looks can end an attempt on their account and is still a patient.
fn looks(history: u64, patient: &str) {
	let who = account(patient);
	assert!(
		Roles::is_live_member(&who, Role::Patient, None, Timestamp::get()),
		"history {history}: {patient} is no longer a patient"
	);
	let other = Roles::memberships(&who).len();
	assert_eq!(other, 1, "history {history}: {patient} got another membership");
	// The patient can read their own log.
	let log = Access::log_page(&who, 0, 8);
	assert!(log.entries.len() <= 8);
	if pallet_succession::Attempts::<Runtime>::contains_key(&who) {
		let object = pallet_succession::Call::object { patient: who.clone() };
		protects(history, patient, "object", object.into());
	}
	assert_eq!(balance(patient), 0);
	assert_eq!(Succession::successor(&who), None, "history {history}");
}

/// Makes some protective calls of the patient, each once, in any order. Returns their number.
fn acts_at_once(history: u64, chance: &mut Chance, patient: &str) -> u64 {
	let mut done = Vec::new();
	while done.len() < ACTS {
		let mut left = protections(patient);
		left.retain(|(name, _)| !done.contains(name));
		if left.is_empty() {
			break;
		}
		let (name, call) = left.swap_remove(chance.below(left.len()));
		protects(history, patient, name, call);
		done.push(name);
	}
	done.len() as u64
}

#[test]
fn a_patients_key_always_protects_them_without_tokens() {
	on_chain(|| {
		set_up();
		let mut acts = 0u64;
		for history in 0..HISTORIES {
			let mut chance = Chance::of(history);
			let patient = chance.of_all(&PATIENTS);
			let outcome = with_transaction(|| {
				for steps in STEPS {
					for _ in 0..steps {
						hostile(&mut chance, patient);
					}
					looks(history, patient);
					acts += acts_at_once(history, &mut chance, patient);
				}
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
			});
			assert_eq!(outcome, Ok(()));
		}
		println!("{HISTORIES} histories, {acts} acts of patients");
		assert!(acts > 7 * HISTORIES);
	});
}
