//! The total of a search is the number of records that the client may open: for two hundred
//! patients with random histories of consent, whose records are revised, withdrawn and erased
//! meanwhile, by a second account of the rules.

mod model;
pub(crate) mod transactions;

use codec::Encode;
use model::{Document, Patient, Reader};
use pallet_balances::Call as Balances;
use pallet_consent::Call as Consent;
use pallet_records::Call as Records;
use pallet_roles::Call as Roles;
use rand_chacha::{
	rand_core::{RngCore, SeedableRng},
	ChaCha8Rng,
};
use salus_e2e::{
	cast::*,
	eventually,
	fhir::{next_of, FhirServer},
	People,
};
use salus_primitives::{
	Action, Category, Cid, Confidentiality, Content, Enrolment, GrantTerms, Grantee, Moment,
	NewRecord, OrganisationId, Purpose, ReasonCode, Recipient, RecordId, Role, Scope, Wrap,
	CODEC_RAW, WRAP_LENGTH,
};
use salus_runtime::{units::HEAL, AccountId, Address, RuntimeCall};
use sp_core::{sr25519, Pair};
use std::{
	collections::BTreeSet,
	time::{Duration, SystemTime, UNIX_EPOCH},
};
use transactions::{account, key, Sender};

/// Number of patients with histories.
const PATIENTS: usize = 200;

/// Number of rounds of their histories.
const ROUNDS: u64 = 8;

/// Time between two moments at which grants begin or end, in milliseconds.
const BETWEEN_ENDS: Moment = 20_000;

/// Scopes of the clients.
const READ: &str = "system/DocumentReference.rs";

const RESEARCHER: &str = "//ResearcherB";

const CATEGORIES: [Category; 4] =
	[Category::Laboratory, Category::Imaging, Category::ClinicalNote, Category::Genomic];

type Random = ChaCha8Rng;

fn below(random: &mut Random, limit: usize) -> usize {
	random.next_u32() as usize % limit
}

fn one<T: Clone>(random: &mut Random, of: &[T]) -> T {
	of[below(random, of.len())].clone()
}

fn uri(patient: usize) -> String {
	format!("//Patient//{patient}")
}

/// Returns the clients. The last one is the first patient's own.
fn readers() -> Vec<Reader> {
	let of = |client, uri: &str, role, organisation, purpose| Reader {
		client,
		account: account(&key(uri)),
		role,
		organisation,
		purpose,
	};
	vec![
		of("doctor-a", DOCTOR_A, Role::Practitioner, Some(1), Purpose::TREAT),
		of("records-a", RECORDS_ADMIN, Role::RecordsAdmin, Some(1), Purpose::HOPERAT),
		of("doctor-b", DOCTOR_B, Role::Practitioner, Some(2), Purpose::TREAT),
		of("researcher-b", RESEARCHER, Role::Researcher, Some(2), Purpose::HRESCH),
		of("patient", &uri(0), Role::Patient, None, Purpose::PATRQT),
	]
}

/// Number of changes of records, by their kind.
#[derive(Debug, Default)]
struct Changes {
	revised: usize,
	withdrawn: usize,
	erased: usize,
}

/// Returns a version with this number, with content that nobody stages.
fn content(number: u64) -> Content {
	let salt = salt(number);
	Content { root: Cid::new(CODEC_RAW, salt), size: 100, commitment: salt }
}

fn salt(number: u64) -> [u8; 32] {
	sp_crypto_hashing::blake2_256(&number.to_le_bytes())
}

/// Returns the wrap that each version has, which opens nothing.
fn wrap(patient: &AccountId) -> (Recipient<AccountId>, Wrap) {
	let wrap = Wrap { key_version: 1, sealed: [1; WRAP_LENGTH as usize] };
	(Recipient::Account(patient.clone()), wrap)
}

/// The chain, and what the test knows of it.
struct World<'a> {
	sender: Sender<'a>,
	readers: Vec<Reader>,
	/// Patients with histories, and one more whose consent does not change.
	patients: Vec<Patient>,
	keys: Vec<sr25519::Pair>,
	random: Random,
	/// Number of versions that were made up.
	versions: u64,
	/// Number of changes of records.
	changes: Changes,
	/// Time from which the moments at which grants begin or end are counted.
	start: Moment,
}

impl<'a> World<'a> {
	/// Enrols the patients at hospital A, and gives everyone tokens for fees.
	async fn set(people: &'a People) -> Self {
		let mut sender = Sender::to(&people.node).await;
		let keys: Vec<_> = (0..=PATIENTS).map(|number| key(&uri(number))).collect();
		let (admin, expires) = (key(ADMIN_A), now() + 3_600_000);
		let tokens = |to: AccountId, value: u128| {
			let dest = Address::Id(to);
			RuntimeCall::Balances(Balances::transfer_keep_alive { dest, value: value * HEAL })
		};
		let mut calls = vec![tokens(account(&key(DOCTOR_A)), 2_000)];
		for (number, key) in keys.iter().enumerate() {
			let enrolment = Enrolment {
				genesis: sender.genesis,
				patient: account(key),
				organisation: 1,
				key: sp_crypto_hashing::blake2_256(&(number as u64).encode()),
				expires,
			};
			calls.push(tokens(enrolment.patient.clone(), 10));
			calls.push(RuntimeCall::Roles(Roles::enrol_patient {
				organisation: 1,
				patient: enrolment.patient.clone(),
				key: enrolment.key,
				credential: [7; 32],
				expires,
				signature: key.sign(&enrolment.to_sign()).into(),
			}));
		}
		for call in calls {
			sender.send(&admin, call).await;
		}
		sender.settle().await;
		let patients = keys.iter().map(|key| Patient::enrolled(account(key), 1)).collect();
		let random = Random::seed_from_u64(1);
		let (readers, start) = (readers(), now());
		let changes = Changes::default();
		Self { sender, readers, patients, keys, random, versions: 0, changes, start }
	}

	/// Registers records for patients, by their numbers.
	async fn register(&mut self, of: &[usize]) {
		let author = account(&key(DOCTOR_A));
		let mut new = Vec::with_capacity(of.len());
		for number in of {
			self.versions += 1;
			let salt = salt(self.versions);
			let category = one(&mut self.random, &CATEGORIES);
			let patient = &mut self.patients[*number];
			let id = RecordId::new(&author, &patient.account, &salt);
			if !patient.lets_write(&self.readers[0], &id, category) {
				continue;
			}
			patient.records.insert(id, Document::new(category));
			new.push(NewRecord {
				patient: patient.account.clone(),
				organisation: 1,
				category,
				confidentiality: Confidentiality::Normal,
				salt,
				content: content(self.versions),
				wraps: vec![wrap(&patient.account)].try_into().expect("one fits"),
				sealed: None,
			});
		}
		for new in new {
			let call = RuntimeCall::Records(Records::register { new });
			self.sender.send(&key(DOCTOR_A), call).await;
		}
	}

	/// Returns a random revision or withdrawal of a patient's record by its author, after noting
	/// it.
	fn correction(&mut self, number: usize) -> Option<RuntimeCall> {
		let kind = below(&mut self.random, 12);
		let patient = &mut self.patients[number];
		let current = patient.records.iter().filter(|(_, document)| !document.is_withdrawn);
		let current: Vec<_> = current.map(|(id, document)| (*id, document.category)).collect();
		if kind > 2 || current.is_empty() {
			return None;
		}
		let (record, category) = one(&mut self.random, &current);
		let may_revise = patient.lets_write(&self.readers[0], &record, category);
		let document = patient.records.get_mut(&record)?;
		if kind == 0 {
			self.changes.withdrawn += 1;
			document.is_withdrawn = true;
			let reason = ReasonCode::Duplicate;
			return Some(RuntimeCall::Records(Records::withdraw { record, reason }));
		}
		if !may_revise {
			return None;
		}
		self.versions += 1;
		self.changes.revised += 1;
		document.latest += 1;
		Some(RuntimeCall::Records(Records::revise {
			record,
			expected_version: document.latest - 1,
			organisation: 1,
			content: content(self.versions),
			wraps: vec![wrap(&patient.account)].try_into().expect("one fits"),
			sealed: None,
		}))
	}

	/// Adds records to some files, corrects some, and has half of the patients decide.
	async fn round(&mut self) {
		let mut of = Vec::new();
		for number in 0..PATIENTS {
			if below(&mut self.random, 4) == 0 {
				of.push(number);
			}
		}
		self.register(&of).await;
		for number in 0..PATIENTS {
			if let Some(call) = self.correction(number) {
				self.sender.send(&key(DOCTOR_A), call).await;
			}
		}
		self.sender.settle().await;
		for number in 0..PATIENTS {
			let acts = below(&mut self.random, 6).saturating_sub(2);
			let calls: Vec<_> = (0..acts).filter_map(|_| self.act(number)).collect();
			for call in calls {
				self.sender.send(&self.keys[number], call).await;
			}
		}
		self.sender.settle().await;
	}

	/// Returns a random decision of a patient, after noting it.
	fn act(&mut self, number: usize) -> Option<RuntimeCall> {
		let random = &mut self.random;
		let kind = below(random, 20);
		let grantee = grantee(random, &self.readers, &self.patients[number].account);
		let patient = &mut self.patients[number];
		let scope = scope(random, patient);
		Some(RuntimeCall::Consent(match kind {
			0..=8 => {
				let terms = terms(random, grantee, scope, self.start);
				patient.grant(terms.clone());
				Consent::grant { terms, wraps: Default::default() }
			}
			9..=11 => {
				let given: Vec<_> = patient.grants.keys().copied().collect();
				if given.is_empty() {
					return None;
				}
				let grant = one(random, &given);
				patient.grants.remove(&grant);
				Consent::revoke { grant, remove: Default::default() }
			}
			12..=14 => {
				patient.deny(grantee.clone(), scope.clone());
				Consent::deny { grantee, scope, remove: Default::default() }
			}
			15..=17 => {
				let denial = *patient.denials.keys().next()?;
				patient.denials.remove(&denial);
				Consent::lift { denial }
			}
			_ => return self.erase(number),
		}))
	}

	fn erase(&mut self, number: usize) -> Option<RuntimeCall> {
		let patient = &mut self.patients[number];
		let record = *patient.records.keys().next()?;
		patient.records.remove(&record);
		self.changes.erased += 1;
		Some(RuntimeCall::Records(Records::erase { record }))
	}

	/// Returns whether a grant may begin or end between two times.
	fn changes_between(&self, before: Moment, after: Moment) -> bool {
		let passed = |time: Moment| time.saturating_sub(self.start) / BETWEEN_ENDS;
		passed(before) != passed(after)
	}

	/// Checks what a reader finds of each patient. Returns the number of records that it found.
	async fn check(&self, server: &FhirServer, reader: &Reader, round: u64) -> usize {
		let token = server.token(reader.client, None).await;
		let mut found = 0;
		for (number, patient) in self.patients.iter().enumerate() {
			// One patient in three has small pages, others in each round.
			let count = if (number as u64 + round).is_multiple_of(3) { 2 } else { 20 };
			let path = format!("DocumentReference?patient={}&_count={count}", patient.account);
			let context = format!("round {round}, patient {number}, {}", reader.client);
			// A grant may begin or end while the pages are turned.
			let (time, pages) = eventually(&format!("{context}: no grant changes"), || async {
				let before = self.sender.time().await;
				let pages = pages(server, &token, &path).await;
				(!self.changes_between(before, now())).then_some((before, pages))
			})
			.await;
			let (total, entries) = pages.unwrap_or_else(|| panic!("{context}: a link has expired"));
			let open = patient.open_to(reader, time);
			assert_eq!(total, entries.len(), "{context}");
			assert_eq!(entries.iter().cloned().collect::<BTreeSet<_>>(), open, "{context}");
			assert_eq!(total, open.len(), "{context}: none is there twice");
			found += total;
		}
		found
	}
}

fn now() -> Moment {
	let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
	now.as_millis().try_into().expect("it fits")
}

/// Returns somebody other than the patient, or a group.
fn grantee(random: &mut Random, readers: &[Reader], patient: &AccountId) -> Grantee<AccountId> {
	let reader = &readers[below(random, readers.len())];
	let account = reader.account.clone();
	let number: OrganisationId = one(random, &[1, 2]);
	match (below(random, 6), reader.organisation) {
		(0, _) => Grantee::Organisation(number),
		(1, _) => Grantee::CareTeam(number),
		(2, _) => Grantee::Role {
			role: one(random, &[Role::Practitioner, Role::RecordsAdmin, Role::Researcher]),
			organisation: one(random, &[None, Some(1), Some(2)]),
		},
		(3, Some(organisation)) => Grantee::Member { account, role: reader.role, organisation },
		_ if account == *patient => Grantee::CareTeam(number),
		(4, _) => Grantee::Account(account),
		_ => Grantee::Person(account),
	}
}

fn scope(random: &mut Random, patient: &Patient) -> Scope {
	let records: Vec<_> = patient.records.keys().copied().collect();
	match below(random, 8) {
		0 | 1 => Scope::Everything,
		2..=4 => {
			let first = below(random, CATEGORIES.len());
			let some = CATEGORIES[first..].iter().copied().take(2).collect::<Vec<_>>();
			Scope::Categories(some.try_into().expect("two fit"))
		}
		_ if records.is_empty() => Scope::Everything,
		5 => {
			let record = one(random, &records);
			let versions = patient.records[&record].latest as usize;
			Scope::Version { record, version: 1 + below(random, versions) as u32 }
		}
		_ => Scope::Record(one(random, &records)),
	}
}

fn terms(
	random: &mut Random,
	grantee: Grantee<AccountId>,
	scope: Scope,
	start: Moment,
) -> GrantTerms<AccountId> {
	let all = [Purpose::TREAT, Purpose::HOPERAT, Purpose::HRESCH, Purpose::PATRQT];
	let purposes = match below(random, 3) {
		0 => all.to_vec(),
		_ => vec![one(random, &all), Purpose::TREAT],
	};
	let actions = match below(random, 4) {
		0 => vec![Action::Write],
		1 => vec![Action::Read, Action::Write],
		_ => vec![Action::Read],
	};
	// Far enough ahead that the transaction is in a block before.
	let passed = (now() - start) / BETWEEN_ENDS;
	let mut later = |least: u64| {
		let moment = start + (passed + least + below(random, 3) as u64) * BETWEEN_ENDS;
		(below(random, 3) == 0).then_some(moment)
	};
	let (from, until) = (later(1), later(5));
	let until = until.or_else(|| later(4).filter(|_| from.is_none()));
	GrantTerms {
		grantee,
		scope,
		purposes: purposes.try_into().expect("four fit"),
		actions: actions.try_into().expect("two fit"),
		from,
		until,
		uses: None,
		condition: None,
	}
}

/// Returns the total of a search, and the ids and versions on all its pages; `None` if a link has
/// expired. Each page has the same total.
async fn pages(server: &FhirServer, token: &str, path: &str) -> Option<(usize, Vec<String>)> {
	let (mut next, mut found, mut totals) = (Some(path.to_owned()), Vec::new(), BTreeSet::new());
	while let Some(path) = next {
		let answer = server.get(token, &path).await;
		if answer.status == 429 {
			tokio::time::sleep(Duration::from_millis(200)).await;
			next = Some(path);
			continue;
		}
		if answer.status == 410 {
			return None;
		}
		assert_eq!(answer.status, 200, "{answer:?}");
		let page = answer.json();
		totals.insert(page["total"].as_u64().expect("a number") as usize);
		for entry in page["entry"].as_array().into_iter().flatten() {
			let resource = &entry["resource"];
			let texts = [&resource["id"], &resource["meta"]["versionId"]];
			let [id, version] = texts.map(|text| text.as_str().expect("an id"));
			found.push(format!("{id}/{version}"));
		}
		next = next_of(&page).map(str::to_owned);
	}
	assert_eq!(totals.len(), 1, "{totals:?}");
	Some((totals.pop_first()?, found))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_is_what_consent_opens() {
	let people = People::start().await;
	people.admit(ADMIN_B, HOSPITAL_B, RESEARCHER, "researcher").await;
	let own = uri(0);
	let server = FhirServer::start(
		&people,
		&[
			("doctor-a", DOCTOR_A, READ, &["TREAT"]),
			("records-a", RECORDS_ADMIN, READ, &["HOPERAT"]),
			("doctor-b", DOCTOR_B, READ, &["TREAT"]),
			("researcher-b", RESEARCHER, READ, &["HRESCH"]),
			("patient", &own, READ, &["PATRQT"]),
		],
	)
	.await;
	let mut world = World::set(&people).await;
	let all: Vec<_> = (0..=PATIENTS).flat_map(|number| [number; 4]).collect();
	world.register(&all).await;
	world.sender.settle().await;
	for round in 1..=ROUNDS {
		world.round().await;
		let checks = world.readers.iter().map(|reader| world.check(&server, reader, round));
		let found = futures::future::join_all(checks).await;
		assert!(found.iter().all(|found| *found > 0), "{found:?}");
		eprintln!("round {round}: {found:?}");
	}
	let Changes { revised, withdrawn, erased } = world.changes;
	assert!(revised.min(withdrawn).min(erased) > PATIENTS / 10, "{:?}", world.changes);

	// The last patient revokes the hospital's grant while its doctor turns the pages.
	let (token, patient) = (server.token("doctor-a", None).await, &world.patients[PATIENTS]);
	let path = format!("DocumentReference?patient={}&_count=2", patient.account);
	let first = server.get(&token, &path).await.json();
	assert_eq!(first["total"], 4);
	let next = next_of(&first).expect("a further page");
	assert_eq!(server.get(&token, next).await.status, 200);
	let revoke = RuntimeCall::Consent(Consent::revoke { grant: 0, remove: Default::default() });
	world.sender.send(&world.keys[PATIENTS], revoke).await;
	world.sender.settle().await;
	let expired = server.get(&token, next).await;
	assert_eq!(expired.status, 410, "{expired:?}");
	assert_eq!(expired.json()["resourceType"], "OperationOutcome");
	assert_eq!(pages(&server, &token, &path).await, Some((0, Vec::new())));
}
