//! Answers beside models that decide each time.

use super::*;
use futures::FutureExt;
use salus_client::primitives::{
	Basis, Category, Cid, Confidentiality, Content, Decision, DenyReason, Record, RecordEntry,
	VersionInfo, VersionState, CODEC_RAW,
};

const READER: Hash32 = [9; 32];

fn patient(number: u8) -> Account {
	[number; 32].into()
}

/// Returns a record with this many versions.
fn record(id: u8, latest: u32, permits: bool) -> DecidedRecord<Account> {
	let of = patient(1);
	let record = Record {
		patient: of,
		author: of,
		organisation: 1,
		category: Category::Laboratory,
		confidentiality: Confidentiality::Normal,
		latest,
		created: 1,
		wraps: 1,
	};
	let latest = VersionInfo {
		content: Content { root: Cid::new(CODEC_RAW, [id; 32]), size: 1, commitment: [1; 32] },
		author: of,
		organisation: 1,
		block: 1,
		registered: 1,
		state: VersionState::Stored,
		replicas: 1,
		wraps: 1,
	};
	let decision = match permits {
		true => Decision::Permit(Basis::Patient),
		false => Decision::Deny(DenyReason::NoGrant),
	};
	DecidedRecord {
		id: RecordId([id; 32]),
		entry: RecordEntry::Live(record),
		latest: Some(latest),
		decision,
	}
}

fn question(of: u8, reader: Hash32) -> PatientQuestion<Account> {
	PatientQuestion {
		reader: reader.into(),
		patient: patient(of),
		purpose: Purpose::TREAT,
		action: Action::Read,
	}
}

fn to(block: u8, time: Option<Moment>, of: Option<Vec<Changed>>) -> Changes {
	Changes { block: [block; 32], time, of }
}

/// Answers a question with two records, unless an answer is kept. Returns whether it is.
fn ask(all: &mut All, of: u8, reader: Hash32, until: Moment) -> bool {
	let question = question(of, reader);
	let answer = all.asked(&question);
	let is_kept = answer.value.initialized();
	if !is_kept {
		let records = vec![record(of, 1, true), record(of + 100, 1, false)];
		let permitted = Permitted::new(records, until).sharing(all.known(&question.patient));
		assert!(answer.value.set(permitted).is_ok());
		all.settle(&question, &answer);
	}
	is_kept
}

#[test]
fn an_answer_is_kept_until_something_changes() {
	let changes = [
		(Some(vec![]), true),
		(Some(vec![Changed::Patient(patient(2)), Changed::Record(RecordId([2; 32]))]), true),
		(Some(vec![Changed::Patient(patient(1))]), false),
		(Some(vec![Changed::Record(RecordId([1; 32]))]), false),
		// Of a record that the reader may not open.
		(Some(vec![Changed::Record(RecordId([101; 32]))]), false),
		(None, false),
	];
	for (of, is_kept) in changes {
		let mut all = All::default();
		all.advance(to(1, None, None));
		assert!(!ask(&mut all, 1, READER, Moment::MAX));
		assert!(ask(&mut all, 1, READER, Moment::MAX));
		all.advance(to(2, None, of.clone()));
		assert_eq!(ask(&mut all, 1, READER, Moment::MAX), is_kept, "{of:?}");
	}
}

#[test]
fn an_answer_is_kept_until_its_time() {
	for (time, until, is_kept) in [
		(Some(9), 10, true),
		(Some(10), 10, false),
		(None, 10, false),
		(None, Moment::MAX, true),
		(Some(5), 5, false),
	] {
		let mut all = All::default();
		all.advance(to(1, Some(5), None));
		ask(&mut all, 1, READER, until);
		// In its own block in any case.
		assert!(ask(&mut all, 1, READER, until));
		all.advance(to(2, time, Some(vec![])));
		assert_eq!(ask(&mut all, 1, READER, until), is_kept, "{time:?} {until}");
	}
}

#[test]
fn an_answer_that_comes_after_a_newer_block_is_not_kept() {
	let mut all = All::default();
	all.advance(to(1, None, None));
	let question = question(1, READER);
	let late = all.asked(&question);
	all.advance(to(2, None, Some(vec![])));
	assert!(late.value.set(Permitted::new(vec![record(1, 1, true)], Moment::MAX)).is_ok());
	all.settle(&question, &late);
	assert!(!ask(&mut all, 1, READER, Moment::MAX));
	// Nor does it take the place of a newer one.
	all.settle(&question, &late);
	assert!(ask(&mut all, 1, READER, Moment::MAX));
}

#[test]
fn kept_answers_are_bounded() {
	let mut all = All::default();
	let questions = |all: &All| all.patients[&patient(1)].questions.len();
	for reader in 0..MAX_QUESTIONS as u8 {
		ask(&mut all, 1, [reader; 32], Moment::MAX);
	}
	assert_eq!(questions(&all), MAX_QUESTIONS);
	ask(&mut all, 1, [200; 32], Moment::MAX);
	assert_eq!(questions(&all), 1);
	let fill = |all: &mut All, number: u32, count: usize| {
		let mut account = [0; 32];
		account[..4].copy_from_slice(&number.to_le_bytes());
		let question = PatientQuestion { patient: account.into(), ..question(1, READER) };
		let records = (0..count as u32).map(|index| {
			let mut one = record(1, 1, true);
			one.id.0[..4].copy_from_slice(&number.to_le_bytes());
			one.id.0[4..8].copy_from_slice(&index.to_le_bytes());
			one
		});
		let answer = all.asked(&question);
		assert!(answer.value.set(Permitted::new(records.collect(), Moment::MAX)).is_ok());
		all.settle(&question, &answer);
		all.asked(&question).value.initialized()
	};
	assert!(fill(&mut all, 300, MAX_OF_PATIENT));
	assert!(!fill(&mut all, 301, MAX_OF_PATIENT + 1));
	for number in 1_000..1_000 + 2 * (MAX_RECORDS / MAX_OF_PATIENT) as u32 {
		assert!(fill(&mut all, number, MAX_OF_PATIENT));
		assert!(all.owners.len() <= MAX_RECORDS);
	}
	for number in 10_000..10_000 + 2 * MAX_PATIENTS as u32 {
		assert!(fill(&mut all, number, 1));
	}
	assert_eq!(all.patients.len(), MAX_PATIENTS);
	let known = all.patients.values().filter_map(|of| of.records.as_ref());
	assert_eq!(all.owners.len(), known.map(|one| one.0.len()).sum::<usize>());
}

/// Random numbers.
struct Dice(u64);

impl Dice {
	fn below(&mut self, limit: u64) -> u64 {
		self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
		(self.0 >> 33) % limit
	}
}

/// A chain: the records of three patients, each with its latest version and whether the first
/// reader may open it, and the time from which on the second reader may open none.
#[derive(Clone)]
struct World {
	block: u32,
	records: [[(u32, bool); 3]; 3],
	ends: u64,
}

/// Changes of each block; `None` for all.
type Past = Vec<(World, Option<Vec<Changed>>)>;

fn hash(block: u32) -> Hash32 {
	let mut hash = [1; 32];
	hash[..4].copy_from_slice(&block.to_le_bytes());
	hash
}

impl World {
	fn new() -> Self {
		Self { block: 1, records: [[(1, true); 3]; 3], ends: 4 }
	}

	/// Makes a block with some changes.
	fn next(&mut self, dice: &mut Dice) -> Option<Vec<Changed>> {
		let mut changes = Vec::new();
		self.block += 1;
		for _ in 0..dice.below(3) {
			let (of, index) = (dice.below(3), dice.below(3));
			let one = &mut self.records[of as usize][index as usize];
			if dice.below(2) == 0 {
				one.0 += 1;
				changes.push(Changed::Record(RecordId([(10 * of + index) as u8; 32])));
			} else {
				one.1 = !one.1;
				changes.push(Changed::Patient(patient(of as u8)));
			}
		}
		if dice.below(8) == 0 {
			self.ends = u64::from(self.block) + dice.below(6);
			changes.extend([0, 1, 2].map(|of| Changed::Patient(patient(of))));
		}
		(dice.below(10) > 0).then_some(changes)
	}

	fn decide(&self, question: &PatientQuestion<Account>) -> Permitted {
		let (of, reader, now) =
			(question.patient.0[0], question.reader.0[0], u64::from(self.block));
		let records = self.records[of as usize].iter().enumerate();
		let records = records.map(|(index, (latest, opens))| {
			let opens = if reader == 0 { *opens } else { now < self.ends };
			record(10 * of + index as u8, *latest, opens)
		});
		let until = if reader == 1 && now < self.ends { self.ends } else { Moment::MAX };
		Permitted::new(records.collect(), until)
	}
}

fn are_same(one: &Permitted, other: &Permitted) -> bool {
	one.records.are(&other.records) && one.permitted == other.permitted
}

/// Plays random blocks and questions beside a model that decides each time. Some answers
/// come late, and some after newer blocks.
#[test]
fn kept_answers_are_those_of_the_last_block() {
	let (mut dice, mut all, mut world) = (Dice(1), All::default(), World::new());
	all.advance(Changes { block: hash(1), time: Some(1), of: None });
	let (mut waiting, mut kept, mut shared) = (Vec::new(), 0, 0);
	for step in 0..40_000 {
		let question = question(dice.below(3) as u8, [dice.below(2) as u8; 32]);
		match dice.below(8) {
			0 => {
				let of = world.next(&mut dice);
				let time = (dice.below(10) > 0).then_some(u64::from(world.block));
				all.advance(Changes { block: hash(world.block), time, of });
			}
			1 => {
				let answer = all.asked(&question);
				waiting.push((question, answer, world.clone()));
			}
			2 if !waiting.is_empty() => {
				let index = dice.below(waiting.len() as u64) as usize;
				let (question, answer, then) = waiting.swap_remove(index);
				let decided = then.decide(&question).sharing(all.known(&question.patient));
				let _ = answer.value.set(decided);
				all.settle(&question, &answer);
			}
			_ => {
				let answer = all.asked(&question);
				kept += u32::from(answer.value.initialized());
				let decided = world.decide(&question).sharing(all.known(&question.patient));
				let given = answer.value.get().unwrap_or(&decided);
				assert!(are_same(given, &world.decide(&question)), "step {step}");
				let _ = answer.value.set(decided);
				if dice.below(4) > 0 {
					all.settle(&question, &answer);
				}
				let questions = all.patients.get(&question.patient).map(|of| &of.questions);
				let settled = questions.into_iter().flat_map(BTreeMap::values);
				shared += u32::from(settled.filter(|one| one.is_settled).count() > 1);
			}
		}
	}
	assert!(kept > 5_000 && shared > 5_000, "{kept} {shared}");
}

/// A chain that advances while it answers.
struct Moving {
	past: Mutex<(Past, Dice)>,
	calls: AtomicU64,
}

impl Moving {
	fn is_at(&self) -> usize {
		self.past.lock().unwrap().0.len() - 1
	}

	/// Pauses for a while, in which blocks may come.
	async fn pause(&self) {
		let pauses = self.past.lock().unwrap().1.below(4);
		for _ in 0..pauses {
			tokio::task::yield_now().await;
		}
		let (past, dice) = &mut *self.past.lock().unwrap();
		if dice.below(3) == 0 {
			let mut world = past.last().unwrap().0.clone();
			let changes = world.next(dice);
			past.push((world, changes));
		}
	}
}

impl Chain for Moving {
	async fn changes_since(&self, block: Hash32) -> Answer<Changes> {
		self.calls.fetch_add(1, Ordering::SeqCst);
		self.pause().await;
		let changes = {
			let (past, dice) = &mut *self.past.lock().unwrap();
			if dice.below(20) == 0 {
				return Err(Fault::not_found());
			}
			let since = past.iter().position(|(world, _)| hash(world.block) == block);
			let changes = since.map(|since| &past[since + 1..]);
			let changes = changes.filter(|_| dice.below(20) > 0);
			let of = changes.and_then(|blocks| {
				let each = blocks.iter().map(|(_, changes)| changes.clone());
				Some(each.collect::<Option<Vec<_>>>()?.concat())
			});
			let now = past.last().unwrap().0.block;
			Changes { block: hash(now), time: Some(now.into()), of }
		};
		self.pause().await;
		Ok(changes)
	}

	async fn reader(&self, block: Hash32, _: Account) -> Answer<Reader> {
		self.pause().await;
		let (past, dice) = &mut *self.past.lock().unwrap();
		if dice.below(10) == 0 {
			return Err(Fault::not_found());
		}
		let (world, _) = past.iter().find(|(world, _)| hash(world.block) == block).unwrap();
		Ok(Reader { version: 1, now: world.block.into(), memberships: [].into() })
	}

	async fn decide(
		&self,
		block: Hash32,
		question: &PatientQuestion<Account>,
		reader: impl Future<Output = Answer<Reader>>,
		known: Option<Arc<Records>>,
	) -> Answer<Permitted> {
		let now = reader.await?.now;
		self.pause().await;
		let permitted = {
			let (past, dice) = &mut *self.past.lock().unwrap();
			if dice.below(10) == 0 {
				return Err(Fault::not_found());
			}
			let (world, _) = past.iter().find(|(world, _)| hash(world.block) == block).unwrap();
			assert_eq!(now, Moment::from(world.block), "the reader is of the same block");
			world.decide(question)
		};
		self.pause().await;
		Ok(permitted.sharing(known))
	}
}

/// Counts what it is asked about readers, and decides at once.
#[derive(Default)]
struct Counting {
	block: AtomicU64,
	readers: AtomicU64,
}

impl Chain for Counting {
	async fn changes_since(&self, _: Hash32) -> Answer<Changes> {
		let block = self.block.load(Ordering::SeqCst);
		Ok(to(block as u8, Some(block), Some(vec![Changed::Patient(patient(1))])))
	}

	async fn reader(&self, _: Hash32, _: Account) -> Answer<Reader> {
		self.readers.fetch_add(1, Ordering::SeqCst);
		Ok(Reader { version: 1, now: 1, memberships: [].into() })
	}

	async fn decide(
		&self,
		_: Hash32,
		question: &PatientQuestion<Account>,
		reader: impl Future<Output = Answer<Reader>>,
		known: Option<Arc<Records>>,
	) -> Answer<Permitted> {
		reader.await?;
		let records = vec![record(question.patient.0[0], 1, true)];
		Ok(Permitted::new(records, Moment::MAX).sharing(known))
	}
}

#[tokio::test]
async fn a_reader_is_asked_about_once_in_a_block() {
	let (chain, decisions) = (Counting::default(), Decisions::default());
	for block in 1..4 {
		chain.block.store(block, Ordering::SeqCst);
		for of in [1, 2] {
			decisions.permitted(&chain, &question(of, READER)).await.unwrap();
		}
		decisions.permitted(&chain, &question(1, [8; 32])).await.unwrap();
		// The decisions on the second patient hold, and those on the first are made again.
		assert_eq!(chain.readers.load(Ordering::SeqCst), 2 * block);
	}
}

#[test]
fn a_text_is_kept_while_its_record_is_the_same() {
	let mut all = All::default();
	let mut decide = |block: u8, of: Option<Vec<Changed>>, records| {
		all.advance(to(block, None, of));
		let question = question(1, READER);
		let answer = all.asked(&question);
		assert!(!answer.value.initialized(), "the decision is made again");
		let permitted = Permitted::new(records, Moment::MAX).sharing(all.known(&patient(1)));
		assert!(answer.value.set(permitted.clone()).is_ok());
		all.settle(&question, &answer);
		permitted
	};
	let base = "https://x/fhir";
	let text = |of: &Permitted, index| of.text(index, base).unwrap();
	let first = decide(1, None, vec![record(1, 1, true), record(2, 1, true)]);
	let (one, other) = (text(&first, 0), text(&first, 1));
	// A grant, a change that the node does not know, a new record and a new version.
	let of_patient = || Some(vec![Changed::Patient(patient(1))]);
	for (block, of) in [(2, of_patient()), (3, None)] {
		let same = decide(block, of, vec![record(1, 1, false), record(2, 1, true)]);
		assert_eq!(same.documents().count(), 1);
		assert!(Arc::ptr_eq(&text(&same, 1), &other));
	}
	let records = vec![record(1, 2, true), record(2, 1, true), record(3, 1, true)];
	let more = decide(4, of_patient(), records);
	assert!(Arc::ptr_eq(&text(&more, 1), &other));
	assert_ne!(text(&more, 0), one);
	assert_ne!(text(&more, 2), other);
}

#[test]
fn a_document_without_a_text_is_a_fault() {
	let mut lost = record(2, 1, true);
	lost.latest = None;
	let permitted = Permitted::new(vec![record(1, 1, true), lost], 0);
	assert!(permitted.text(0, "https://x/fhir").unwrap().starts_with('{'));
	for index in [1, 2] {
		let fault = permitted.text(index, "https://x/fhir").unwrap_err();
		assert_eq!(fault.code(), "no-resource", "{index}");
	}
}

/// A chain that does not answer until a test lets calls fail, one for each permit.
struct Silent {
	/// Whether the chain says what changed, and only withholds decisions.
	tells_changes: bool,
	/// Whether it withholds decisions only by withholding facts about the reader.
	withholds_readers: bool,
	/// Number of calls that were not answered at once.
	calls: AtomicU64,
	failing: Semaphore,
}

impl Silent {
	async fn fail<T>(&self) -> Answer<T> {
		self.calls.fetch_add(1, Ordering::SeqCst);
		self.failing.acquire().await.unwrap().forget();
		Err(Fault::not_found())
	}
}

impl Chain for Silent {
	async fn changes_since(&self, _: Hash32) -> Answer<Changes> {
		match self.tells_changes {
			true => Ok(to(1, None, Some(vec![]))),
			false => self.fail().await,
		}
	}

	async fn reader(&self, _: Hash32, _: Account) -> Answer<Reader> {
		self.fail().await
	}

	async fn decide(
		&self,
		_: Hash32,
		_: &PatientQuestion<Account>,
		reader: impl Future<Output = Answer<Reader>>,
		_: Option<Arc<Records>>,
	) -> Answer<Permitted> {
		match self.withholds_readers {
			true => reader.await.and_then(|_| Err(Fault::not_found())),
			false => self.fail().await,
		}
	}
}

/// Returns a chain that does not answer.
fn silent(tells_changes: bool, withholds_readers: bool) -> Silent {
	let (calls, failing) = (AtomicU64::new(0), Semaphore::new(0));
	Silent { tells_changes, withholds_readers, calls, failing }
}

#[tokio::test]
async fn requests_that_wait_share_a_failure() {
	for (tells_changes, withholds_readers) in [(false, false), (true, false), (true, true)] {
		let chain = silent(tells_changes, withholds_readers);
		// The facts about a reader are the same for all patients.
		let patients: u8 = if withholds_readers { 4 } else { 1 };
		let decisions = Decisions::default();
		let questions = (0..8).map(|number| question(number % patients, READER));
		let questions: Vec<_> = questions.collect();
		for number in 1..3 {
			let all = questions.iter().map(|question| decisions.permitted(&chain, question));
			let mut waiting = Box::pin(futures::future::join_all(all));
			assert!(waiting.as_mut().now_or_never().is_none());
			chain.failing.add_permits(1);
			let given = timeout(Duration::from_secs(60), waiting).await.unwrap();
			assert!(given.iter().all(Result::is_err));
			// Later readers ask again.
			let calls = chain.calls.load(Ordering::SeqCst);
			assert_eq!(calls, number, "{tells_changes} {withholds_readers}");
		}
	}
}

#[tokio::test]
async fn kept_decisions_follow_the_best_block() {
	let chain = silent(true, false);
	let decisions = Decisions::default();
	decisions.keep_up(&chain).await;
	assert_eq!(decisions.all().block, Hash32::default(), "nothing is kept");
	ask(&mut decisions.all(), 1, READER, Moment::MAX);
	decisions.keep_up(&chain).await;
	assert_eq!(decisions.all().block, [1; 32]);
	assert!(ask(&mut decisions.all(), 1, READER, Moment::MAX), "nothing changed");
}

#[tokio::test]
async fn large_answers_are_bounded_while_they_are_used() {
	let large: &'static Semaphore = Box::leak(Box::new(Semaphore::new(1)));
	let wait = Duration::from_millis(20);
	let place = place_among(large, wait).await.unwrap();
	let answer = Permitted::new(Vec::new(), 0).in_place(Some(place));
	let used = answer.clone();
	drop(answer);
	let refused = place_among(large, wait).await.map(drop);
	assert_eq!(refused.unwrap_err().code(), "too-many-records");
	drop(used);
	assert!(place_among(large, wait).await.is_ok());
}

/// Many requests at once, while blocks come, some are cancelled and some fail. Each gets the
/// answer of a block that was the best one after it began.
#[tokio::test]
async fn no_request_gets_an_answer_from_before_it_began() {
	let past = Mutex::new((vec![(World::new(), None)], Dice(7)));
	let chain = Moving { past, calls: AtomicU64::new(0) };
	let decisions = Decisions::default();
	let (chain, decisions) = (&chain, &decisions);
	let requests = (0..24u64).map(|number| async move {
		let (mut dice, mut answered) = (Dice(number), 0);
		for _ in 0..400 {
			let question = question(dice.below(3) as u8, [dice.below(2) as u8; 32]);
			let began = chain.is_at();
			let patience = async {
				for _ in 0..dice.below(80) {
					tokio::task::yield_now().await;
				}
			};
			let given = tokio::select! {
				biased;
				given = decisions.permitted(chain, &question) => given,
				() = patience => continue,
			};
			let Ok(given) = given else { continue };
			let past = &chain.past.lock().unwrap().0[began..];
			let holds = |(world, _): &(World, _)| are_same(&given, &world.decide(&question));
			assert!(past.iter().any(holds), "request {number} began at {began}");
			answered += 1;
		}
		answered
	});
	let answered: u32 = futures::future::join_all(requests).await.into_iter().sum();
	let calls = chain.calls.load(Ordering::SeqCst);
	// Some requests are cancelled, and some share a failure.
	assert!(answered > 3_000 && chain.is_at() > 500, "{answered} {}", chain.is_at());
	// Requests share calls.
	assert!(calls < 24 * 400 / 2, "{calls}");
}
