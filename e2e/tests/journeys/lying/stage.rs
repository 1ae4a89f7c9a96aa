//! Runs the rows of a table through relays that lie.

use super::{
	case::{Case, Kind, Step},
	judge::{self, Honest, Verdict, HANG},
	report::{self, Tally},
	sample::Sample,
};
use codec::{Decode, Encode};
use futures::{future::join_all, FutureExt};
use salus_client::Account;
use salus_e2e::{
	cli::NOT_FINAL,
	liar::{Liar, Lie, Place},
	quoted, Cli, CommandResult, People, PATIENCE,
};
use salus_runtime::UncheckedExtrinsic;
use serde_json::Value;
use sp_runtime::generic::Preamble;
use std::{
	cell::{Cell, RefCell},
	collections::BTreeMap,
	fs,
	panic::AssertUnwindSafe,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// Number of honest sessions. At least one must be proved: finality can seem to stall on a busy
/// machine.
const HONEST_SESSIONS: usize = 3;

/// Pause between two questions for that value.
const PAUSE: Duration = Duration::from_millis(500);

/// Number of relays that lie at the same time about commands that leave the chain as it is.
const LANES: usize = 2;

/// Number of further relays, which withhold answers in a complete run. Their commands only wait.
const SILENT_LANES: usize = 8;

/// Number of commands that wait for a withheld answer at the same time.
const WAITING: usize = 16;

/// Values that stand for names in braces.
pub type Values = BTreeMap<String, String>;

/// A relay with its users.
struct Lane {
	liar: Liar,
	/// The users' state folder. Each attempt begins with a copy of the people's.
	state: PathBuf,
	/// Path of the file that a command writes.
	out: PathBuf,
}

/// Rows of a table that several chains share: each takes the next one.
pub struct Rows {
	cases: &'static [Case],
	next: Cell<usize>,
}

impl Rows {
	/// Shares a table out.
	pub fn of(cases: &'static [Case]) -> Self {
		Self { cases, next: Cell::new(0) }
	}

	/// Takes a row, with its place in the table.
	fn take(&self) -> Option<(usize, &'static Case)> {
		let index = self.next.replace(self.next.get() + 1);
		self.cases.get(index).map(|case| (index, case))
	}
}

/// A chain on which rows of a table run.
pub struct Stage<'a> {
	people: &'a People,
	lanes: Vec<Lane>,
	values: Values,
	attempts: Cell<usize>,
	sample: Sample,
	/// Lies that led to a success with a wrong effect.
	findings: RefCell<Vec<String>>,
}

/// End of a command that is stopped when it signs.
enum Signing {
	/// The call that it signed.
	Signed(Vec<u8>),
	/// The command's end; `None` if it hangs.
	Ended(Option<CommandResult>),
}

impl Signing {
	/// Judges a session by the call that was meant.
	fn judge(self, meant: &judge::Meant) -> Verdict {
		match self {
			Self::Signed(call) if meant.fits(&call) => Verdict::True,
			Self::Signed(call) => Verdict::Wrong(meant.difference(&call)),
			Self::Ended(ended) => Verdict::of_failure(ended.as_ref()).unwrap_or_else(|| {
				Verdict::Wrong("it reports success, and has signed nothing".into())
			}),
		}
	}
}

/// A session that ran to its end.
struct Attempt {
	verdict: Verdict,
	/// Output of the command, if that is proved.
	shown: Option<Honest>,
	/// Number of answers about which the node lied.
	told: usize,
}

/// Lies that a relay tells, one after another.
type Share<'l> = (&'l Lane, Vec<&'l (Place, Lie)>);

/// Shares lies out among relays.
fn among<'l>(lanes: &'l [Lane], lies: &[&'l (Place, Lie)]) -> Vec<Share<'l>> {
	let share = |(number, lane): (usize, &'l Lane)| -> Share<'l> {
		(lane, lies.iter().copied().skip(number).step_by(lanes.len()).collect())
	};
	lanes.iter().enumerate().map(share).collect()
}

/// Returns a line with its values.
pub fn filled(line: &str, values: &Values) -> String {
	let mut line = line.to_owned();
	for (name, value) in values {
		line = line.replace(&format!("{{{name}}}"), value);
	}
	line
}

/// Returns a line with the parts of an answer to which it points.
fn pointed(line: &str, answer: &Value) -> String {
	let mut line = line.to_owned();
	while let Some((start, rest)) = line.split_once("{/") {
		let (pointer, end) = rest.split_once('}').expect("a brace is closed");
		let value = text(answer.pointer(&format!("/{pointer}")).unwrap_or(&Value::Null));
		line = format!("{start}{value}{end}");
	}
	line
}

fn text(value: &Value) -> String {
	value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the address of a development key.
fn address(uri: &str) -> String {
	let keypair =
		subxt_signer::sr25519::Keypair::from_uri(&uri.parse().expect("a URI")).expect("a key");
	Account::from(keypair.public_key().0).to_string()
}

/// Returns the encoded call of a transaction.
fn call_of(transaction: &Value) -> Vec<u8> {
	let text = transaction.as_str().expect("hexadecimal");
	let bytes = hex::decode(&text[2..]).expect("hexadecimal");
	let transaction = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("the client encoded it");
	let Preamble::Signed(_, _, extension) = &transaction.preamble else {
		panic!("not signed: {transaction:?}");
	};
	let mode = extension.9.encode();
	assert_eq!(mode, [1], "the signature must cover the digest of the metadata");
	transaction.function.encode()
}

/// Replaces a folder by a copy of another one.
fn copy(from: &Path, to: &Path) {
	let _ = fs::remove_dir_all(to);
	fs::create_dir_all(to).expect("the folder is writable");
	for entry in fs::read_dir(from).into_iter().flatten().flatten() {
		let (path, target) = (entry.path(), to.join(entry.file_name()));
		match path.is_dir() {
			true => copy(&path, &target),
			// A file that a running command replaces may be gone.
			false => drop(fs::copy(&path, &target)),
		}
	}
}

impl Lane {
	/// Starts a relay to the people's node.
	async fn start(people: &People, number: usize) -> Self {
		let liar = Liar::start(people.node.url()).await;
		let state = people.path(&format!("state-{number}"));
		let out = people.path(&format!("out-{number}"));
		Self { liar, state, out }
	}
}

impl<'a> Stage<'a> {
	/// Sets a stage with these values beside the usual ones.
	pub async fn set(people: &'a People, values: &[(&str, String)]) -> Self {
		let sample = Sample::from_environment();
		let silent = if sample.is_complete() { SILENT_LANES } else { 0 };
		let mut lanes = Vec::new();
		for number in 0..LANES + silent {
			let lane = Lane::start(people, number).await;
			// The client takes the first block from the first connection to an address.
			people.cli.at(&lane.liar.url()).run("", "org list").await;
			lanes.push(lane);
		}
		let mut all: Values = [
			("file", quoted(people.path("signed"))),
			("statement", quoted(people.statement())),
			("hash", format!("0x{}", "07".repeat(32))),
		]
		.map(|(name, value)| (name.to_owned(), value))
		.into();
		all.extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
		Self {
			people,
			lanes,
			values: all,
			attempts: Cell::new(100),
			sample,
			findings: RefCell::default(),
		}
	}

	/// Runs rows of a table until none is left, and returns the lies that led to a wrong effect. A
	/// row that cannot be played is a finding too, and stops no other.
	pub async fn play(&self, rows: &Rows) -> Vec<String> {
		while let Some((index, case)) = rows.take() {
			if !self.sample.has(case.line) {
				continue;
			}
			let played = AssertUnwindSafe(self.play_one(index, case)).catch_unwind().await;
			if played.is_err() {
				let finding = format!("FINDING: salus {}: its row ends with a panic", case.line);
				self.findings.borrow_mut().push(finding);
			}
		}
		self.findings.take()
	}

	/// Withholds answers of the first sessions of commands that send no transaction, many at the
	/// same time. Each command must end by itself, within the client's own limits.
	pub async fn withhold(&self, cases: &[Case]) {
		let mut honest = Vec::new();
		for case in cases.iter().filter(|case| self.sample.has(case.line)) {
			assert!(case.is_first && case.kind == Kind::Shows, "salus {}", case.line);
			let shown = self.honest(case).await;
			honest.push((case, shown, self.sample.silences(&self.lanes[0].liar.answers())));
		}
		let silences: Vec<_> = honest
			.iter()
			.flat_map(|(case, shown, places)| places.iter().map(move |place| (*case, shown, place)))
			.collect();
		let mut tally = Tally::default();
		for (number, waiting) in silences.chunks(WAITING).enumerate() {
			let tellings = waiting.iter().enumerate().map(|(index, (case, shown, place))| {
				let number = LANES + SILENT_LANES + number * WAITING + index;
				async move {
					let lane = Lane::start(self.people, number).await;
					let lie = Some(((*place).clone(), Lie::Withheld));
					let start = Instant::now();
					let attempt = self.attempt(&lane, case, lie, Some(*shown)).await;
					eprintln!("{place:?} withheld: {:?}, {:?}", attempt.verdict, start.elapsed());
					(*case, *place, attempt)
				}
			});
			for (case, place, attempt) in join_all(tellings).await {
				if attempt.told > 0 {
					tally.count(place, Lie::Withheld, attempt.verdict);
					self.note(case, place, Lie::Withheld, &mut tally);
				}
			}
		}
		let findings = self.findings.take();
		assert!(findings.is_empty(), "{}", findings.join("\n"));
		assert!(tally.refused > 0 || silences.is_empty(), "nothing was refused: {tally:?}");
	}

	async fn play_one(&self, index: usize, case: &Case) {
		let (start, mut tally) = (Instant::now(), Tally::default());
		if case.kind != Kind::Shows {
			self.lie_before_signing(case, &mut tally).await;
		}
		let is_repeated = case.kind == Kind::Signs && self.sample.repeats(index, case.often);
		if case.kind == Kind::Shows || is_repeated {
			self.lie_in_whole_sessions(case, &mut tally).await;
		}
		tally.whole = case.kind == Kind::Shows || is_repeated;
		let is_tried = tally.rewritten > 0 || !self.sample.is_complete();
		assert!(is_tried, "nothing was rewritten for salus {}", case.line);
		report::row(case, &tally, start.elapsed());
	}

	/// Returns the values for an attempt.
	fn values(&self, lane: &Lane) -> Values {
		self.attempts.set(self.attempts.get() + 1);
		let mut values = self.values.clone();
		values.insert("n".into(), self.attempts.get().to_string());
		values.insert("out".into(), quoted(&lane.out));
		values
	}

	/// Does the steps before an attempt, and adds what they keep.
	async fn prepare(&self, steps: &[Step], values: &mut Values) {
		for Step { who, line, keeps } in steps {
			let (who, line) = (filled(who, values), filled(line, values));
			let Some((name, pointer)) = keeps else {
				// Perhaps it has been done before.
				self.people.cli.try_run(&who, &line).await;
				continue;
			};
			let start = Instant::now();
			let kept = loop {
				let result = self.people.cli.try_run(&who, &line).await;
				let answer = serde_json::from_str::<Value>(&result.out).unwrap_or_default();
				if let Some(found) = answer.pointer(pointer).filter(|value| !value.is_null()) {
					break text(found);
				}
				assert!(start.elapsed() < PATIENCE, "no {pointer}: salus {line}: {result:?}");
				sleep(PAUSE).await;
			};
			values.insert((*name).to_owned(), kept);
		}
	}

	/// Returns the users of a relay, with a fresh copy of the people's state, or with none before a
	/// first session.
	fn users(&self, lane: &Lane, case: &Case) -> Cli {
		match case.is_first {
			true => drop(fs::remove_dir_all(&lane.state)),
			false => copy(&self.people.path("state"), &lane.state),
		}
		let _ = fs::remove_file(&lane.out);
		Cli::new(&lane.liar.url(), &lane.state)
	}

	/// Runs a command until it signs.
	async fn sign(
		&self,
		lane: &Lane,
		case: &Case,
		values: &Values,
		lie: Option<(Place, Lie)>,
	) -> Signing {
		let users = self.users(lane, case);
		let is_honest = lie.is_none();
		lane.liar.catch(0, lie);
		let (who, line) = (filled(case.who, values), filled(case.line, values));
		let limit = if is_honest { PATIENCE } else { HANG };
		tokio::select! {
			transaction = lane.liar.caught() => Signing::Signed(call_of(&transaction)),
			ended = timeout(limit, users.try_run(&who, &line)) => {
				assert!(!is_honest, "salus {line} signs nothing: {ended:?}");
				Signing::Ended(ended.ok())
			}
		}
	}

	/// Tells the lies that come before a transaction: the client must sign the same call.
	async fn lie_before_signing(&self, case: &Case, tally: &mut Tally) {
		let mut values = self.values(&self.lanes[0]);
		self.prepare(case.before, &mut values).await;
		let values = &values;
		let mut meant = Vec::new();
		for _ in 0..if case.is_random { 3 } else { 2 } {
			match self.sign(&self.lanes[0], case, values, None).await {
				Signing::Signed(call) => meant.push(call),
				Signing::Ended(_) => unreachable!("it has signed"),
			}
		}
		let meant = &judge::Meant::of(&meant);
		assert!(meant.is_fixed() || case.is_random, "the call differs: salus {}", case.line);
		let (places, _) = self.lanes[0].liar.answers_around_sending();
		let lies = self.sample.lies(&places, case, false);
		let tellings = self.shares(&lies).into_iter().map(|(lane, lies)| async move {
			let mut tally = Tally::default();
			for (place, lie) in lies {
				for _ in 0..self.sample.sessions(*lie) {
					let told = Some((place.clone(), *lie));
					let signing = self.sign(lane, case, values, told).await;
					if lane.liar.told() > 0 {
						tally.count(place, *lie, signing.judge(meant));
						self.note(case, place, *lie, &mut tally);
						break;
					}
				}
			}
			tally
		});
		for told in join_all(tellings).await {
			*tally += told;
		}
		tally.close(case, &places, self.sample.is_complete());
		self.tidy(case, values).await;
	}

	/// Shares lies out among the relays. Commands whose answers are withheld wait for a minute or
	/// two, so they have relays of their own.
	fn shares<'l>(&'l self, lies: &'l [(Place, Lie)]) -> Vec<Share<'l>> {
		let (withheld, others): (Vec<_>, Vec<_>) =
			lies.iter().partition(|(_, lie)| *lie == Lie::Withheld);
		let (lanes, silent) = self.lanes.split_at(LANES);
		assert!(withheld.is_empty() || !silent.is_empty(), "a sample withholds nothing here");
		[among(lanes, &others), among(silent, &withheld)].concat()
	}

	/// Does the steps after an attempt.
	async fn tidy(&self, case: &Case, values: &Values) {
		for Step { who, line, .. } in case.after {
			self.people.cli.try_run(&filled(who, values), filled(line, values)).await;
		}
	}

	/// Notes a wrong effect.
	fn note(&self, case: &Case, place: &Place, lie: Lie, tally: &mut Tally) {
		if let Some(wrong) = tally.found.take() {
			let finding = format!("FINDING: salus {}: {lie:?} at {place:?}: {wrong}", case.line);
			eprintln!("{finding}");
			self.findings.borrow_mut().push(finding);
		}
	}

	/// Runs a command to its end.
	async fn attempt(
		&self,
		lane: &Lane,
		case: &Case,
		lie: Option<(Place, Lie)>,
		honest: Option<&Honest>,
	) -> Attempt {
		let mut values = self.values(lane);
		self.prepare(case.before, &mut values).await;
		let users = self.users(lane, case);
		let (who, line) = (filled(case.who, &values), filled(case.line, &values));
		lane.liar.begin(lie);
		let limit = if honest.is_none() { PATIENCE } else { HANG };
		let ended = timeout(limit, users.try_run(&who, &line)).await.ok();
		let told = lane.liar.told();
		let (mut verdict, shown) = self.end_of(lane, case, ended, &values, honest).await;
		let is_shown_first = case.is_first && case.kind == Kind::Shows;
		if is_shown_first && honest.is_some() && !matches!(verdict, Verdict::Wrong(_)) {
			// The state that a first session leaves must not deceive the next one.
			lane.liar.begin(None);
			let ended = timeout(limit, users.try_run(&who, &line)).await.ok();
			let (later, _) = self.end_of(lane, case, ended, &values, honest).await;
			if let Verdict::Wrong(wrong) = later {
				verdict = Verdict::Wrong(format!("in the next, honest session: {wrong}"));
			}
		}
		self.tidy(case, &values).await;
		Attempt { verdict, shown, told }
	}

	/// Judges the end of a command, and returns what it showed.
	async fn end_of(
		&self,
		lane: &Lane,
		case: &Case,
		ended: Option<CommandResult>,
		values: &Values,
		honest: Option<&Honest>,
	) -> (Verdict, Option<Honest>) {
		let failure = Verdict::of_failure(ended.as_ref());
		let (None, Some(result)) = (&failure, &ended) else {
			if let (None, Some(result)) = (honest, &ended) {
				let is_stalled = result.code == NOT_FINAL;
				assert!(is_stalled, "salus {} fails at an honest node: {result:?}", case.line);
			}
			return (failure.unwrap_or(Verdict::Refused), None);
		};
		let answer = serde_json::from_str::<Value>(&result.out).unwrap_or_default();
		let mut named = self.named(case, values);
		named.push((lane.liar.url(), "{node}".into()));
		let shown = Honest::of(case, &answer, &named, fs::read(&lane.out).ok());
		let mut verdict = honest.map_or(Verdict::True, |honest| honest.judge(&shown));
		if !matches!(verdict, Verdict::Wrong(_)) {
			if let Some(wrong) = self.check(case, &answer, values).await {
				verdict = Verdict::Wrong(wrong);
			}
		}
		(verdict, Some(shown))
	}

	/// Checks what a successful command reports. Returns what is wrong.
	async fn check(&self, case: &Case, answer: &Value, values: &Values) -> Option<String> {
		for named in judge::blocks(answer) {
			let Some(block) = named["block"].as_u64() else {
				return Some(format!("its transaction is in no block: {named}"));
			};
			let node = &self.people.node;
			let hash = salus_e2e::chain::hash(node, block).await;
			let is_final = salus_e2e::chain::finalised(node).await >= block;
			if hash != named["block_hash"] || !is_final {
				return Some(format!("its transaction is in no final block: {named}"));
			}
		}
		for Step { who, line, .. } in case.then {
			let line = filled(&pointed(line, answer), values);
			let result = self.people.cli.try_run(&filled(who, values), &line).await;
			if ![0, NOT_FINAL].contains(&result.code) {
				return Some(format!("{answer}: salus {line}: {result:?}"));
			}
		}
		None
	}

	/// Returns the texts that differ from attempt to attempt, with their names.
	fn named(&self, case: &Case, values: &Values) -> Vec<(String, String)> {
		let lines = case.before.iter().flat_map(|step| [step.who, step.line]);
		let words = lines.chain([case.who, case.line]).flat_map(str::split_whitespace);
		let mut named: Vec<_> = words
			.filter(|word| word.starts_with("//") && (word.contains("{n}") || *word == case.who))
			.map(|word| (address(&filled(word, values)), word.to_owned()))
			.collect();
		let kept = case.before.iter().filter_map(|step| step.keeps);
		named.extend(
			kept.map(|(name, _)| (values[name].clone(), format!("{{{name}}}")))
				// A number is a member that varies.
				.filter(|(value, _)| value.len() > 20),
		);
		named
	}

	/// Returns what a command shows at an honest node.
	async fn honest(&self, case: &Case) -> Honest {
		for _ in 0..HONEST_SESSIONS {
			let attempt = self.attempt(&self.lanes[0], case, None, None).await;
			if let Some(shown) = attempt.shown {
				return shown;
			}
		}
		panic!("salus {}: no honest session is proved", case.line)
	}

	/// Tells the lies of a session that runs to its end. If it signs, tells those that come after
	/// that.
	async fn lie_in_whole_sessions(&self, case: &Case, tally: &mut Tally) {
		let honest = &self.honest(case).await;
		let liar = &self.lanes[0].liar;
		let places = match case.kind {
			Kind::Shows => liar.answers(),
			_ => liar.answers_around_sending().1,
		};
		let lies = self.sample.lies(&places, case, case.kind != Kind::Shows);
		let is_still = case.kind == Kind::Shows && case.stands_alone() && !case.writes;
		let shares = match is_still {
			true => self.shares(&lies),
			false => vec![(&self.lanes[0], lies.iter().collect())],
		};
		let tellings = shares.into_iter().map(|(lane, lies)| async move {
			let mut tally = Tally::default();
			for (place, lie) in lies {
				for _ in 0..self.sample.sessions(*lie) {
					let told = Some((place.clone(), *lie));
					let attempt = self.attempt(lane, case, told, Some(honest)).await;
					if attempt.told > 0 {
						tally.count(place, *lie, attempt.verdict);
						self.note(case, place, *lie, &mut tally);
						break;
					}
				}
			}
			tally
		});
		for told in join_all(tellings).await {
			*tally += told;
		}
		tally.close(case, &places, self.sample.is_complete());
	}
}
