//! The chain: filling it, and the calls of the Rust SDK that the gateway makes for each request.

use crate::web::Work;
use futures::{stream, StreamExt};
use salus_client::{
	parse_account,
	primitives::{
		Action, Category, Confidentiality, Grantee, PatientQuestion, Purpose, Question, RecordId,
		Scope, MAX_PAGE,
	},
	Account, Client, ConnectOptions, Error, Filing, Milestone, Mode, NewFile, Progress, Request,
	Room, RpcError, Signer, Source, StateDir, ENROLMENT_LIFETIME,
};
use salus_e2e::{cast::*, People};
use std::{
	path::PathBuf,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio::time::sleep;

/// Hospital A, as a number.
const HOSPITAL: u32 = 1;

/// Another hospital, whose members search nothing.
const OTHER: u32 = 2;

/// Number of patients who are enrolled, or filled, at a time.
const AT_A_TIME: usize = 12;

/// Error code of a node that has no room for a further upload.
const NODE_FULL: i32 = 9010;

/// Pause until it is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// Longest wait until the documents are stored.
const FILLED: Duration = Duration::from_secs(900);

/// The SDK over a node, with what is stored there.
pub struct Sdk {
	client: Client,
	state: StateDir,
	doctors: Vec<Signer>,
	/// Names of the doctors' accounts.
	pub names: Vec<String>,
	/// The patients who have documents.
	pub patients: Vec<Account>,
	/// The patient to whom documents are added.
	pub further: Account,
	/// Documents of each patient.
	each: usize,
	records: Vec<RecordId>,
	/// Records of 100 KiB.
	pub opened: Vec<RecordId>,
	file: PathBuf,
	openings: Mutex<Vec<Opening>>,
}

/// Times of the parts of an opening.
#[derive(Clone, Copy, Default)]
pub struct Opening {
	/// Until the request is final on the patient's log.
	pub logged: Duration,
	/// From then until the hospitals have released the key.
	pub released: Duration,
	/// From then until the content is verified.
	pub fetched: Duration,
}

/// Notes when milestones of an opening were reached.
#[derive(Default)]
struct Milestones(Mutex<Opening>);

impl Progress for Milestones {
	fn reached(&self, milestone: &Milestone, after: Duration) {
		let mut opening = self.0.lock().expect("nobody panics with it");
		match milestone {
			Milestone::Logged { .. } => opening.logged = after,
			Milestone::KeyOpened => opening.released = after.saturating_sub(opening.logged),
			_ => {}
		}
	}
}

/// Returns the signer of a patient.
fn patient(number: usize) -> Signer {
	Signer::from_dev_uri(&format!("//FiguresPatient{number}")).expect("a development account")
}

fn silent() -> Arc<dyn Progress> {
	Arc::new(())
}

impl Sdk {
	/// Connects to the people's node, and admits doctors. Each may open a limited number of records
	/// in an hour.
	pub async fn start(people: &People, doctors: usize, file: PathBuf) -> Self {
		let folder = people.path("figures");
		let options = ConnectOptions {
			known_chains: Some(folder.join("chains")),
			..ConnectOptions::default()
		};
		let client = Client::connect_with(&people.node.url(), options).await.expect("a node");
		let state = StateDir::new(Some(folder)).expect("a folder");
		let names: Vec<_> = (0..doctors).map(|number| format!("//Figures{number}")).collect();
		for name in &names {
			people.admit(ADMIN_A, HOSPITAL_A, name, "practitioner").await;
		}
		let published = names.iter().map(|name| people.cli.run(name, "keys publish"));
		futures::future::join_all(published).await;
		let signer = |name: &String| Signer::from_dev_uri(name).expect("a development account");
		let doctors = names.iter().map(signer).collect();
		Self {
			client,
			state,
			doctors,
			names,
			patients: Vec::new(),
			further: parse_account(PATIENT).expect("a development account"),
			each: 0,
			records: Vec::new(),
			opened: Vec::new(),
			file,
			openings: Mutex::default(),
		}
	}

	/// Enrols patients, and adds these files to each.
	pub async fn fill(&mut self, patients: usize, notes: &[PathBuf]) {
		let sponsor = Signer::from_dev_uri(RECORDS_ADMIN).expect("a development account");
		let (this, sponsor) = (&*self, &sponsor);
		let enrolled = stream::iter(0..patients).map(|number| async move {
			let patient = patient(number);
			let client = &this.client;
			let signed = client.sign_enrolment(&patient, HOSPITAL, ENROLMENT_LIFETIME).await;
			let enrolled = client.enrol(sponsor, &signed.expect("it signs"), [0; 32]).await;
			enrolled.expect("the hospital enrols");
			patient.account()
		});
		let patients: Vec<_> = enrolled.buffered(AT_A_TIME).collect().await;
		let added = stream::iter(patients.iter().enumerate()).map(|(number, patient)| {
			let files: Vec<_> = notes.iter().map(NewFile::new).collect();
			async move { this.add(number, *patient, &files).await }
		});
		let records: Vec<_> = added.buffered(AT_A_TIME).concat().await;
		// Each change of a record makes the decisions on its patient's records due again.
		let stored = stream::iter(&records).map(|record| async move {
			let stored = this.client.wait_until_stored(*record, 1, FILLED).await;
			stored.expect("it is stored");
		});
		stored.buffered(AT_A_TIME).collect::<Vec<_>>().await;
		(self.patients, self.records, self.each) = (patients, records, notes.len());
	}

	/// Adds one document of 100 KiB to each of the first patients, to be opened.
	pub async fn add_opened(&mut self, count: usize) {
		let this = &*self;
		let added = stream::iter(0..count).map(|number| async move {
			let records = this.add(number, this.further, &[NewFile::new(&this.file)]).await;
			let patience = Duration::from_secs(120);
			for record in &records {
				this.client.wait_until_stored(*record, 1, patience).await.expect("it is stored");
			}
			records
		});
		self.opened = added.buffered(AT_A_TIME).concat().await;
	}

	async fn add(&self, number: usize, patient: Account, files: &[NewFile]) -> Vec<RecordId> {
		let doctor = &self.doctors[number % self.doctors.len()];
		let filing = Filing {
			patient,
			organisation: Some(HOSPITAL),
			category: Category::Laboratory,
			confidentiality: Confidentiality::Normal,
			mode: Mode::Guarded,
			again: true,
		};
		let added = loop {
			match self.client.add_records(doctor, &self.state, &filing, files, &silent()).await {
				Ok(added) => break added,
				// The node moves contents to IPFS more slowly than they arrive.
				Err(Error::Rpc(RpcError::Refused { code: NODE_FULL, .. })) => sleep(PAUSE).await,
				Err(error) => panic!("the chain takes the records: {error:?}"),
			}
		};
		self.state.settle(&added).expect("the folder is writable");
		added.into_iter().map(|one| one.record).collect()
	}

	/// Changes the consent of each patient, so that no decision on their records can be kept. The
	/// doctors may open the same as before.
	pub async fn change_consent(&self) {
		let changed = stream::iter(0..self.patients.len()).map(|number| async move {
			let (client, patient) = (&self.client, patient(number));
			let consent = client.reported().consent_of(&patient.account()).await;
			let denials = consent.expect("the node answers").denials;
			match denials.first() {
				Some((denial, _)) => {
					client.lift(&patient, *denial, &()).await.expect("the patient lifts it");
				}
				None => {
					let (other, all) = (Grantee::Organisation(OTHER), Scope::Everything);
					client.deny(&patient, &other, &all, &()).await.expect("the patient denies");
				}
			}
		});
		changed.buffered(AT_A_TIME).collect::<Vec<_>>().await;
	}

	/// Returns the parts of the openings since the last call.
	pub fn take_openings(&self) -> Vec<Opening> {
		std::mem::take(&mut *self.openings.lock().expect("nobody panics with it"))
	}

	/// Makes the calls of one request of a kind.
	pub async fn call(&self, work: Work, connection: usize, number: usize) {
		let spread = |length: usize| number.wrapping_mul(7919) % length;
		let doctor = &self.doctors[connection % self.doctors.len()];
		let (reader, purpose, action) = (doctor.account(), Purpose::TREAT, Action::Read);
		// As the server reads: a search is the node's word, and a single document is proved.
		let (reported, now) = (self.client.reported(), self.client.now());
		match work {
			Work::Search | Work::SearchAfterChange => {
				let patient = self.patients[spread(self.patients.len())];
				let question = PatientQuestion { reader, patient, purpose, action };
				let page =
					reported.decide_many(&question, 0, MAX_PAGE).await.expect("the node decides");
				let items = page.expect("a runtime that decides on many").items;
				let permitted = items.iter().filter(|one| one.decision.is_permit()).count();
				assert_eq!(permitted, self.each, "the doctor may read all");
			}
			Work::Read => {
				let record = self.records[spread(self.records.len())];
				now.record(&record).await.expect("the node answers").expect("a record");
				let question = Question { reader, record, version: None, purpose, action };
				let decision = now.decide(&question).await.expect("the node decides");
				assert!(decision.is_permit(), "the doctor may read");
			}
			Work::AddInline | Work::AddByBinary => {
				let mut file = NewFile::new(&self.file);
				// The same file would be the same upload.
				file.title = Some(format!("Scan at connection {connection}"));
				self.add(connection, self.further, &[file]).await;
			}
			Work::Open => {
				let record = self.opened[number % self.opened.len()];
				let doctor = &self.doctors[(connection + number) % self.doctors.len()];
				let request = Request::latest(record, purpose);
				let (state, source) = (Some(&self.state), Source::Node);
				let (began, milestones) = (Instant::now(), Arc::new(Milestones::default()));
				let progress: Arc<dyn Progress> = milestones.clone();
				let opened = self.client.get_file(
					doctor,
					state,
					&request,
					&source,
					Room::Reserved,
					&progress,
				);
				let (.., note) = opened.await.expect("the hospitals release the key");
				let mut opening = *milestones.0.lock().expect("nobody panics with it");
				opening.fetched = began.elapsed().saturating_sub(opening.logged + opening.released);
				self.openings.lock().expect("nobody panics with it").push(opening);
				// Otherwise, the next opening would continue with this request.
				if let Some(note) = note {
					note.forget();
				}
			}
		}
	}
}
