//! Decisions that are kept: `BASIS` names every entry of the state that can change one.

use crate::common::*;
use codec::Encode;
use frame_support::storage::{storage_prefix, with_transaction, TransactionOutcome};
use salus_primitives::{
	api::runtime_decl_for_salus_api::SalusApi, Action, Attribute, Category, Cid, Concerned,
	Confidentiality, Content, Denial, Expression, Grant, GrantTerms, Grantee, Guardian, Member,
	MemberStatus, OrganisationId, OrganisationKind, PatientQuestion, Purpose, ReasonCode, Record,
	RecordEntry, RecordId, Role, Scope, Term, VersionInfo, VersionState, Withdrawal, BASIS,
	BASIS_UP_TO, CODEC_RAW, MAX_PAGE,
};
use salus_runtime::{AccountId, Roles, Runtime, RuntimeOrigin, VERSION};
use sp_runtime::DispatchError;
use std::collections::BTreeSet;

const READERS: [&str; 5] = ["//Doctor", "//Nurse", "//Pia", "//Paul", "//Parent"];

const PATIENTS: [&str; 2] = ["//Pia", "//Paul"];

fn admit(who: &str, role: Role, organisation: OrganisationId) {
	let member = Member {
		organisation: Some(organisation),
		status: MemberStatus::Active,
		credential: [2; 32],
		expires: None,
		since: 0,
		specialty: None,
	};
	pallet_roles::Members::<Runtime>::insert(account(who), role, member);
}

fn register(patient: &str, number: u8, category: Category) -> RecordId {
	let (patient, id) = (account(patient), RecordId([number; 32]));
	let author = account("//Doctor");
	let record = Record {
		patient: patient.clone(),
		author: author.clone(),
		organisation: 1,
		category,
		confidentiality: Confidentiality::Normal,
		latest: 1,
		created: START,
		wraps: 0,
	};
	let version = VersionInfo {
		content: Content { root: Cid::new(CODEC_RAW, [number; 32]), size: 1, commitment: [1; 32] },
		author,
		organisation: 1,
		block: 1,
		registered: START,
		state: VersionState::Stored,
		replicas: 1,
		wraps: 0,
	};
	let index = pallet_records::PatientRecordCounts::<Runtime>::mutate(&patient, |count| {
		*count += 1;
		*count - 1
	});
	pallet_records::PatientRecords::<Runtime>::insert(&patient, index, id);
	pallet_records::Records::<Runtime>::insert(id, RecordEntry::Live(record));
	pallet_records::Versions::<Runtime>::insert(id, 1, version);
	id
}

fn grant(patient: &str, number: u32, grantee: Grantee<AccountId>, condition: Option<Attribute>) {
	let condition = condition
		.map(|attribute| Expression(vec![Term::Is(attribute)].try_into().expect("one fits")));
	let terms = GrantTerms {
		grantee,
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Read].try_into().expect("one fits"),
		from: None,
		until: None,
		uses: None,
		condition,
	};
	let grant = Grant { terms, given: START, used: 0, via: None };
	pallet_consent::Grants::<Runtime>::insert(account(patient), number, grant);
}

/// Sets up members, records, and everything that a decision depends on.
fn world() {
	let admins = vec![account("//Admin")].try_into().expect("one fits");
	let kind = OrganisationKind::Laboratory;
	Roles::register_organisation(RuntimeOrigin::root(), kind, admins, [1; 32])
		.expect("root stands for the council");
	admit("//Doctor", Role::Practitioner, 1);
	admit("//Nurse", Role::Practitioner, 2);
	for patient in ["//Pia", "//Paul", "//Parent"] {
		admit(patient, Role::Patient, 1);
	}
	register("//Pia", 1, Category::Laboratory);
	let withdrawn = register("//Pia", 2, Category::Imaging);
	register("//Paul", 3, Category::Laboratory);
	register("//Paul", 4, Category::EmergencySummary);
	let withdrawal = Withdrawal {
		by: account("//Doctor"),
		organisation: 1,
		reason: ReasonCode::WrongPatient,
		at: START,
	};
	pallet_records::Withdrawals::<Runtime>::insert(withdrawn, withdrawal);
	grant("//Pia", 0, Grantee::Organisation(1), None);
	let kind = Attribute::OrganisationKind(OrganisationKind::Laboratory);
	grant("//Pia", 1, Grantee::Account(account("//Nurse")), Some(kind));
	grant("//Paul", 0, Grantee::Role { role: Role::Practitioner, organisation: None }, None);
	let denial =
		Denial { grantee: Grantee::Organisation(1), scope: Scope::Everything, given: START };
	pallet_consent::Denials::<Runtime>::insert(account("//Paul"), 0, denial);
	let guardian = Guardian {
		guardian: account("//Parent"),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		since: START,
		until: None,
	};
	for patient in PATIENTS {
		pallet_consent::Patients::<Runtime>::mutate(account(patient), |state| {
			state.opted_out = true
		});
		pallet_consent::SummaryClosed::<Runtime>::insert(account(patient), false);
	}
	pallet_consent::Guardians::<Runtime>::mutate(account("//Pia"), |all| {
		all.try_push((0, guardian)).expect("one fits");
	});
}

fn questions() -> Vec<PatientQuestion<AccountId>> {
	let mut all = Vec::new();
	for reader in READERS.map(account) {
		for patient in PATIENTS.map(account) {
			for purpose in Purpose::ALL {
				let (reader, patient) = (reader.clone(), patient.clone());
				let asked = PatientQuestion { reader, patient, purpose, action: Action::Read };
				let memberships = Runtime::memberships(asked.reader.clone());
				let consent = Runtime::consent_of(asked.patient.clone());
				if consent.holds_until(&memberships, purpose, START) > START {
					all.push(asked);
				}
			}
		}
	}
	all
}

/// Returns the prefix of a map, or the key of a value.
fn prefix(pallet: &str, name: &str) -> [u8; 32] {
	storage_prefix(pallet.as_bytes(), name.as_bytes())
}

/// Returns all keys of the state.
fn keys() -> Vec<Vec<u8>> {
	let mut all = Vec::new();
	while let Some(key) = sp_io::storage::next_key(all.last().map_or(&[][..], |key: &Vec<u8>| key))
	{
		all.push(key);
	}
	all
}

/// Checks that an entry whose removal changed an answer is in the basis of decisions. Returns its
/// place there.
fn place(key: &[u8], asked: &PatientQuestion<AccountId>, records: &[RecordId]) -> usize {
	let found = BASIS.iter().enumerate().find_map(|(index, (pallet, map, whom))| {
		Some((index, key.strip_prefix(&prefix(pallet, map)[..])?, *whom))
	});
	let Some((index, rest, whom)) = found else {
		panic!("decisions rest on an entry that `BASIS` lacks: 0x{}", hex::encode(key))
	};
	match whom {
		Concerned::Patient => assert_eq!(rest[16..48], asked.patient.encode()),
		Concerned::Record => assert!(records.iter().any(|id| id.0 == rest[..32])),
		Concerned::Everybody => {}
	}
	index
}

#[test]
fn the_basis_is_that_of_this_runtime() {
	assert_eq!(VERSION.spec_version, BASIS_UP_TO, "check `BASIS` and `holds_until`");
}

#[test]
fn no_decision_rests_on_an_entry_that_its_basis_lacks() {
	on_chain(|| {
		world();
		// Without a clock, it is 1970.
		let clock = prefix("Timestamp", "Now");
		let keys: Vec<_> = keys().into_iter().filter(|key| *key != clock).collect();
		let questions = questions();
		assert!(questions.len() > 40 && keys.len() > 100, "{} {}", questions.len(), keys.len());
		let mut found = BTreeSet::new();
		for asked in &questions {
			let answer = || Runtime::decide_many(asked.clone(), 0, MAX_PAGE);
			let before = answer();
			let records: Vec<_> = before.items.iter().map(|one| one.id).collect();
			for key in &keys {
				let after = with_transaction(|| {
					sp_io::storage::clear(key);
					TransactionOutcome::Rollback(Ok::<_, DispatchError>(answer()))
				});
				if after.expect("it is undone") != before {
					found.insert(place(key, asked, &records));
				}
			}
		}
		let missed: Vec<_> =
			(0..BASIS.len()).filter(|index| !found.contains(index)).map(|one| BASIS[one]).collect();
		assert!(missed.is_empty(), "no answer depends on {missed:?}");
	});
}
