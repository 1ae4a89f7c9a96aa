//! Records that one call registers, with the real pallets: they are decided as the same records one
//! by one, in any world.

use crate::common::*;
use frame_support::{
	dispatch::GetDispatchInfo,
	storage::{with_transaction, TransactionOutcome},
	weights::Weight,
};
use salus_primitives::{
	Action, Attribute, Category, Cid, Confidentiality, Content, Denial, EmergencyQuery, Epoch,
	Expression, Grant, GrantTerms, Grantee, KeyAgreementKey, Member, MemberStatus, NewRecord,
	OrganisationId, OrganisationKind, Purpose, Recipient, RecordId, Role, Scope, SealedKey, Term,
	Via, Wrap, CODEC_RAW,
};
use salus_runtime::{
	AccountId, Hash, Roles, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, System,
};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResult, StateVersion};
use std::collections::BTreeMap;

type Call = pallet_records::Call<Runtime>;

/// Number of worlds.
const WORLDS: u64 = 4_000;

/// Hospitals of the worlds.
const ORGANISATIONS: [OrganisationId; 3] = [1, 2, 3];

/// Authors. The first one registers the batch.
const AUTHORS: [&str; 2] = ["//Doctor", "//Nurse"];

/// Accounts that are mostly patients.
const PATIENTS: [&str; 3] = ["//Pia", "//Paul", "//Pim"];

const CATEGORIES: [Category; 3] = [Category::Laboratory, Category::Imaging, Category::Other];

/// Active epoch of most worlds.
const EPOCH: Epoch = 1;

impl Chance {
	/// Returns true once in `number` times.
	fn once_in(&mut self, number: usize) -> bool {
		self.below(number) == 0
	}
}

fn member(chance: &mut Chance, organisation: OrganisationId) -> Member {
	let status = if chance.once_in(12) { MemberStatus::Suspended } else { MemberStatus::Active };
	Member {
		organisation: Some(organisation),
		status,
		credential: [2; 32],
		expires: chance.once_in(12).then_some(START),
		since: if chance.once_in(6) { START } else { 0 },
		specialty: None,
	}
}

fn admit_all(chance: &mut Chance) {
	for author in AUTHORS {
		for role in Role::WRITERS {
			if !chance.once_in(4) {
				let organisation = chance.of_all(&[1, 1, 1, 2, 3]);
				let member = member(chance, organisation);
				pallet_roles::Members::<Runtime>::insert(account(author), role, member);
			}
		}
	}
	for patient in PATIENTS {
		if !chance.once_in(8) {
			let member = member(chance, 1);
			pallet_roles::Members::<Runtime>::insert(account(patient), Role::Patient, member);
		}
	}
}

/// Gives most of them the key for which [`wrap`] is.
fn publish_keys(chance: &mut Chance) {
	for who in PATIENTS.into_iter().chain(AUTHORS) {
		let version = match chance.below(24) {
			0 => continue,
			1 => 2,
			_ => 1,
		};
		pallet_roles::KeyAgreementKeys::<Runtime>::insert(
			Recipient::Account(account(who)),
			KeyAgreementKey { public: [3; 32], version },
		);
	}
}

fn grantee(chance: &mut Chance) -> Grantee<AccountId> {
	let author = account(chance.of_all(&["//Doctor", "//Doctor", "//Nurse"]));
	let organisation = chance.of_all(&ORGANISATIONS);
	let role = chance.of_all(&Role::WRITERS);
	match chance.below(8) {
		0 => Grantee::Account(author),
		1 => Grantee::Person(author),
		2 => Grantee::Member { account: author, role, organisation },
		3 => Grantee::Role { role, organisation: None },
		4 => Grantee::Role { role, organisation: Some(organisation) },
		5 => Grantee::CareTeam(organisation),
		_ => Grantee::Organisation(organisation),
	}
}

fn scope(chance: &mut Chance) -> Scope {
	match chance.below(8) {
		0 => Scope::Record(id(AUTHORS[0], "//Pia", 0)),
		1..4 => {
			let first = chance.of_all(&CATEGORIES);
			let second = chance.of_all(&CATEGORIES);
			Scope::Categories(vec![first, second].try_into().expect("two fit"))
		}
		_ => Scope::Everything,
	}
}

fn condition(chance: &mut Chance) -> Option<Expression> {
	if !chance.once_in(3) {
		return None;
	}
	let attribute = match chance.below(5) {
		0 => Attribute::Category(chance.of_all(&CATEGORIES)),
		1 => Attribute::Organisation(chance.of_all(&ORGANISATIONS)),
		2 => Attribute::ConfidentialityAtMost(Confidentiality::Normal),
		3 => Attribute::EmergencyOpen,
		_ => Attribute::Role(chance.of_all(&Role::WRITERS)),
	};
	let mut terms = vec![Term::Is(attribute)];
	if chance.once_in(2) {
		terms.push(Term::Not);
	}
	Some(Expression(terms.try_into().expect("two fit")))
}

fn grant(chance: &mut Chance, number: u32) -> Grant<AccountId> {
	let actions = if chance.once_in(6) { vec![Action::Read] } else { vec![Action::Write] };
	let uses = chance.once_in(4).then_some(2);
	let terms = GrantTerms {
		grantee: grantee(chance),
		scope: scope(chance),
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: actions.try_into().expect("one fits"),
		from: chance.once_in(12).then_some(START + 1),
		until: chance.once_in(12).then_some(START),
		uses,
		condition: condition(chance),
	};
	let via =
		(number > 0 && chance.once_in(8)).then(|| Via { parent: 0, sharer: account(AUTHORS[1]) });
	// One use is left, or none.
	let used = 1 + chance.below(2) as u32;
	Grant { terms, given: START, used: uses.map_or(0, |_| used), via }
}

fn consent(chance: &mut Chance) {
	for patient in PATIENTS.map(account) {
		let grants = chance.below(6) as u32;
		for number in 0..grants {
			let grant = grant(chance, number);
			pallet_consent::Grants::<Runtime>::insert(&patient, number, grant);
		}
		let denials = u32::from(chance.once_in(5));
		for number in 0..denials {
			let denial = Denial { grantee: grantee(chance), scope: scope(chance), given: START };
			pallet_consent::Denials::<Runtime>::insert(&patient, number, denial);
		}
		pallet_consent::Patients::<Runtime>::mutate(&patient, |state| {
			state.grants = grants;
			state.next_grant = grants;
			state.denials = denials;
			state.next_denial = denials;
		});
	}
}

fn id(author: &str, patient: &str, salt: u8) -> RecordId {
	RecordId::new(&account(author), &account(patient), &[salt; 32])
}

fn wrap(who: &str) -> (Recipient<AccountId>, Wrap) {
	(Recipient::Account(account(who)), Wrap { key_version: 1, sealed: [6; 80] })
}

/// Returns a record whose salt and root may be another record's.
fn record(chance: &mut Chance, number: u8) -> NewRecord<AccountId> {
	let patient = chance.of_all(&["//Pia", "//Pia", "//Pia", "//Paul", "//Pim"]);
	let taken =
		|chance: &mut Chance| if chance.once_in(16) { chance.below(4) as u8 } else { number };
	let (salt, root) = (taken(chance), taken(chance));
	let owner = if chance.once_in(16) { "//Doctor" } else { patient };
	let mut wraps = vec![wrap(owner)];
	if chance.once_in(8) {
		wraps.push(wrap("//Nurse"));
	}
	let guarded = wraps.len() == 1 || chance.once_in(8);
	let epoch = if chance.once_in(16) { EPOCH + 1 } else { EPOCH };
	NewRecord {
		patient: account(patient),
		organisation: chance.of_all(&[1, 1, 1, 1, 2, 3]),
		category: chance.of_all(&CATEGORIES),
		confidentiality: Confidentiality::Normal,
		salt: [salt; 32],
		content: Content {
			root: Cid::new(CODEC_RAW, [root; 32]),
			size: u64::from(!chance.once_in(24)),
			commitment: [7; 32],
		},
		wraps: wraps.try_into().expect("two fit"),
		sealed: (guarded && !chance.once_in(4))
			.then(|| SealedKey { epoch, sealed: vec![5; 167].try_into().expect("they fit") }),
	}
}

fn dispatch(uri: &str, call: impl Into<RuntimeCall>) -> DispatchResult {
	let result = call.into().dispatch(RuntimeOrigin::signed(account(uri)));
	result.map(drop).map_err(|error| error.error)
}

/// Result of registering records, with the state and the events after it.
type Outcome = (DispatchResult, Option<(Hash, Vec<RuntimeEvent>)>);

/// Returns what `register` leads to, and undoes it. The state counts only after a success.
fn outcome(register: impl FnOnce() -> DispatchResult) -> Outcome {
	let undone = with_transaction(|| {
		System::reset_events();
		let result = register();
		let after = result.is_ok().then(|| {
			let root = sp_io::storage::root(StateVersion::V1);
			let root = Hash::from_slice(&root);
			(root, System::read_events_no_consensus().map(|record| record.event).collect())
		});
		TransactionOutcome::Rollback(Ok::<_, DispatchError>((result, after)))
	});
	undone.expect("it is undone")
}

/// Registers the records in one call. The charge never exceeds what was announced.
fn together(records: &[NewRecord<AccountId>]) -> DispatchResult {
	let records = records.to_vec().try_into().expect("they fit");
	let call = RuntimeCall::from(Call::register_many { records });
	let announced = call.get_dispatch_info().call_weight;
	let result = call.dispatch(RuntimeOrigin::signed(account(AUTHORS[0])));
	let charged = match &result {
		Ok(info) => info.actual_weight,
		Err(error) => error.post_info.actual_weight,
	};
	let charged = charged.expect("the call says what it took");
	assert!(charged.all_lte(announced), "{charged:?} of {announced:?}");
	assert!(charged.all_gte(Weight::from_parts(1, 0)));
	result.map(drop).map_err(|error| error.error)
}

fn one_by_one(records: &[NewRecord<AccountId>]) -> DispatchResult {
	records.iter().try_for_each(|new| dispatch(AUTHORS[0], Call::register { new: new.clone() }))
}

/// Sets up a world, registers some records in it, and returns those that are to be registered.
fn world(chance: &mut Chance) -> Vec<NewRecord<AccountId>> {
	admit_all(chance);
	publish_keys(chance);
	consent(chance);
	if !chance.once_in(40) {
		pallet_committee::Active::<Runtime>::put(EPOCH);
	}
	if chance.once_in(16) {
		let suspended = chance.of_all(&ORGANISATIONS);
		Roles::suspend_organisation(RuntimeOrigin::root(), suspended)
			.expect("root stands for the council");
	}
	let mut records: Vec<_> = (0..8).map(|number| record(chance, number)).collect();
	for new in &records {
		if chance.once_in(8) {
			let author = chance.of_all(&AUTHORS);
			let _ = dispatch(author, Call::register { new: new.clone() });
			if chance.once_in(6) {
				let record = RecordId::new(&account(author), &new.patient, &new.salt);
				let patient = RuntimeOrigin::signed(new.patient.clone());
				let _ = RuntimeCall::from(Call::erase { record }).dispatch(patient);
			}
		}
	}
	// Records that nobody may write would end most batches, so most are left out.
	records.retain(|new| match outcome(|| one_by_one(std::slice::from_ref(new))).0 {
		Ok(()) => true,
		Err(DispatchError::Module(error)) => match error.message {
			Some("NotWriter" | "NotPermitted") => chance.once_in(30),
			_ => chance.once_in(3),
		},
		Err(_) => true,
	});
	if chance.once_in(4) {
		records.extend_from_within(..records.len().min(1));
	}
	records
}

/// Registers a record of `//Pia`, whose only grant has this condition. Returns the weight that the
/// call is charged.
fn charged_under(condition: &[Term], salt: u8) -> Weight {
	let condition = condition.to_vec().try_into().expect("two fit");
	let terms = GrantTerms {
		grantee: Grantee::Organisation(1),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().expect("one fits"),
		actions: vec![Action::Write].try_into().expect("one fits"),
		from: None,
		until: None,
		uses: None,
		condition: Some(Expression(condition)),
	};
	let grant = Grant { terms, given: START, used: 0, via: None };
	pallet_consent::Grants::<Runtime>::insert(account("//Pia"), 0, grant);
	let call = RuntimeCall::from(Call::register {
		new: NewRecord {
			patient: account("//Pia"),
			organisation: 1,
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			salt: [salt; 32],
			content: Content {
				root: Cid::new(CODEC_RAW, [salt; 32]),
				size: 1,
				commitment: [7; 32],
			},
			wraps: vec![wrap("//Pia")].try_into().expect("one fits"),
			sealed: None,
		},
	});
	let announced = call.get_dispatch_info().call_weight;
	let result = call.dispatch(RuntimeOrigin::signed(account("//Doctor")));
	let charged = result.expect("it is registered").actual_weight.expect("it is reported");
	assert!(charged.all_lte(announced));
	charged
}

#[test]
fn a_registration_pays_for_a_case_only_if_it_reads_one() {
	on_chain(|| {
		for (who, role) in [("//Doctor", Role::Practitioner), ("//Pia", Role::Patient)] {
			let member = Member {
				organisation: Some(1),
				status: MemberStatus::Active,
				credential: [2; 32],
				expires: None,
				since: 0,
				specialty: None,
			};
			pallet_roles::Members::<Runtime>::insert(account(who), role, member);
		}
		pallet_roles::KeyAgreementKeys::<Runtime>::insert(
			Recipient::Account(account("//Pia")),
			KeyAgreementKey { public: [3; 32], version: 1 },
		);
		pallet_consent::Patients::<Runtime>::mutate(account("//Pia"), |state| {
			state.grants = 1;
			state.next_grant = 1;
		});
		let role = Attribute::Role(Role::Practitioner);
		let plain = charged_under(&[Term::Is(role)], 1);
		let emergency = charged_under(&[Term::Is(Attribute::EmergencyOpen), Term::Not], 2);
		type Cases = pallet_access::Pallet<Runtime>;
		let case = <Cases as EmergencyQuery<AccountId>>::open_case_weight();
		assert_eq!(emergency, plain + case);
	});
}

#[test]
fn a_batch_is_decided_as_its_records_one_by_one() {
	on_chain(|| {
		for _ in &ORGANISATIONS[1..] {
			let admins = vec![account("//Admin")].try_into().expect("one fits");
			Roles::register_organisation(
				RuntimeOrigin::root(),
				OrganisationKind::Hospital,
				admins,
				[1; 32],
			)
			.expect("root stands for the council");
		}
		let mut results = BTreeMap::<String, u32>::new();
		for number in 0..WORLDS {
			let undone = with_transaction(|| {
				let records = world(&mut Chance::of(number));
				let batch = outcome(|| together(&records));
				let singles = outcome(|| one_by_one(&records));
				assert_eq!(batch, singles, "world {number}: {records:#?}");
				let name = match batch.0 {
					Ok(()) if records.len() > 2 => "registered".into(),
					Ok(()) => "few registered".into(),
					Err(DispatchError::Module(error)) => error.message.unwrap_or_default().into(),
					Err(error) => format!("{error:?}"),
				};
				*results.entry(name).or_default() += 1;
				TransactionOutcome::Rollback(Ok::<_, DispatchError>(()))
			});
			undone.expect("it is undone");
		}
		println!("{results:#?}");
		let often = |name: &str| results.get(name).is_some_and(|count| *count >= 10);
		for name in [
			"registered",
			"NotWriter",
			"UnknownPatient",
			"NotPermitted",
			"RootTaken",
			"AlreadyRegistered",
			"EpochNotActive",
			"MissingOwnerWrap",
			"WrongKeyVersion",
		] {
			assert!(often(name), "{name} is rare: {results:?}");
		}
	});
}
