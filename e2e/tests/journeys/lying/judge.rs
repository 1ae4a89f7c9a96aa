//! Compares what a command signed or showed with what it does at an honest node.

use super::case::{Case, Kind};
use salus_e2e::CommandResult;
use serde_json::{json, Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Limit for one command at a node that lies. The client repeats a lost request for 60 s, each time
/// waits 30 s for the answer, and follows a transaction for 120 s. So a command that runs longer
/// hangs.
pub const HANG: Duration = Duration::from_secs(240);

/// Result of a lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
	/// The command failed, or ended with a warning and its exit code.
	Refused,
	/// The command did what it does at an honest node.
	True,
	/// The command did, except for what only the node vouches for.
	Word,
	/// The command succeeded with this wrong effect, crashed, or hangs.
	Wrong(String),
}

impl Verdict {
	/// Judges a command that ended, or that did not end within its limit; returns `None` if it
	/// succeeded. A crash or a hang is not a refusal: a panic path is a fault, and a user who waits
	/// forever learns nothing.
	pub fn of_failure(ended: Option<&CommandResult>) -> Option<Self> {
		let Some(result) = ended else {
			return Some(Self::Wrong(format!("it hangs for {} s", HANG.as_secs())));
		};
		if result.is_crash() {
			return Some(Self::Wrong(format!("it crashes: {result:?}")));
		}
		(result.code != 0).then_some(Self::Refused)
	}
}

#[test]
fn every_block_that_an_answer_names_is_checked() {
	let block =
		json!({ "block": 7, "block_hash": "0x1", "transaction": "0x2", "finalized": false });
	let answer = json!({ "block": 9, "transaction": block, "more": [{ "included": block }] });
	assert_eq!(blocks(&answer), [&block, &block]);
}

#[test]
fn a_crash_or_a_hang_is_not_a_refusal() {
	let ended = |code: i32, err: &str| {
		let result = CommandResult { code, out: String::new(), err: err.into() };
		Verdict::of_failure(Some(&result))
	};
	assert_eq!(ended(0, ""), None);
	assert_eq!(ended(1, "error: do not trust the node"), Some(Verdict::Refused));
	let is_wrong = |verdict| matches!(verdict, Some(Verdict::Wrong(_)));
	assert!(is_wrong(ended(101, "")));
	// A signal ended it.
	assert!(is_wrong(ended(-1, "")));
	assert!(is_wrong(ended(1, "thread 'tokio-runtime-worker' panicked at src/a.rs:1:1:")));
	assert!(is_wrong(Verdict::of_failure(None)));
}

/// Longest run of equal bytes between two parts that differ which counts as a part of them.
const GAP: usize = 6;

/// The call that an honest session signs, where each byte that differs between sessions is free.
pub struct Meant {
	call: Vec<u8>,
	free: Vec<bool>,
}

impl Meant {
	/// Compares the calls of honest sessions.
	pub fn of(calls: &[Vec<u8>]) -> Self {
		let call = calls[0].clone();
		assert!(calls.iter().all(|other| other.len() == call.len()), "the call's length varies");
		let mut free: Vec<bool> =
			(0..call.len()).map(|at| calls.iter().any(|other| other[at] != call[at])).collect();
		let differing: Vec<usize> = (0..call.len()).filter(|at| free[*at]).collect();
		for pair in differing.windows(2) {
			if pair[1] - pair[0] <= GAP + 1 {
				free[pair[0]..pair[1]].fill(true);
			}
		}
		// Bytes beside them may be the same by chance, such as the sign of a point.
		let differs = free.clone();
		for (at, is_free) in free.iter_mut().enumerate() {
			let before = at.checked_sub(1).and_then(|at| differs.get(at));
			*is_free |= [before, differs.get(at + 1)].contains(&Some(&true));
		}
		Self { call, free }
	}

	/// Returns whether no byte is free.
	pub fn is_fixed(&self) -> bool {
		!self.free.contains(&true)
	}

	/// Returns whether a call is the one that was meant.
	pub fn fits(&self, call: &[u8]) -> bool {
		call.len() == self.call.len()
			&& (0..call.len()).all(|at| self.free[at] || call[at] == self.call[at])
	}

	/// Says how a call differs.
	pub fn difference(&self, call: &[u8]) -> String {
		format!("it signed {} instead of {}", hex::encode(call), hex::encode(&self.call))
	}
}

/// Members of an answer that name the block of a transaction, which differs each time.
const OF_A_BLOCK: &[&str] = &["transaction", "block", "block_hash"];

/// Checks of `doctor` whose findings change while it runs again: the whole of these, and the text
/// of the others.
const PASSING: &[&str] = &["pending", "replicas"];
const COUNTING: &[&str] = &["clock", "finality"];

/// Milliseconds since 1970 that are times of these years.
const TIMES: std::ops::Range<u64> = 1_600_000_000_000..4_000_000_000_000;

/// Result of a command at an honest node.
pub struct Honest {
	/// Answer without the members that vary.
	shown: Value,
	/// The answer without the node's word.
	proved: Value,
	/// Content of the file that it wrote.
	written: Option<Vec<u8>>,
}

impl Honest {
	/// Takes the result of a command, in which some texts are replaced by their names.
	pub fn of(
		case: &Case,
		answer: &Value,
		named: &[(String, String)],
		written: Option<Vec<u8>>,
	) -> Self {
		let mut text = answer.to_string();
		for (value, name) in named {
			text = text.replace(value, name);
		}
		let mut shown = serde_json::from_str(&text).expect("names need no escape");
		simplify(&mut shown, case);
		if let Some(checks) = shown.pointer_mut("/checks").and_then(Value::as_array_mut) {
			let is_one_of = |check: &Value, names: &[&str]| {
				check["name"].as_str().is_some_and(|name| names.contains(&name))
			};
			checks.retain(|check| !is_one_of(check, PASSING));
			for check in checks.iter_mut().filter(|check| is_one_of(check, COUNTING)) {
				check["found"] = Value::Null;
			}
		}
		let mut proved = shown.clone();
		for pointer in case.word {
			if let Some(word) = proved.pointer_mut(pointer) {
				*word = Value::Null;
			}
		}
		if let Some(checks) = proved.pointer_mut("/checks").and_then(Value::as_array_mut) {
			checks.retain(|check| check["by_node"] != true);
		}
		Self { shown, proved, written: written.filter(|_| case.writes) }
	}

	/// Judges a success by what an honest node would have shown.
	pub fn judge(&self, other: &Self) -> Verdict {
		if self.written != other.written {
			return Verdict::Wrong("the file that it wrote differs".into());
		}
		let (mut shown, mut proved) = (other.shown.clone(), other.proved.clone());
		for shown in [&mut shown, &mut proved] {
			without_closed_titles(shown, &self.shown);
		}
		if shown == self.shown {
			Verdict::True
		} else if proved == self.proved {
			Verdict::Word
		} else {
			Verdict::Wrong(format!("{} instead of {}", other.shown, self.shown))
		}
	}
}

/// Replaces a title that could not be read, as the command says, by the true one.
fn without_closed_titles(shown: &mut Value, truth: &Value) {
	if shown.get("closed").is_some_and(|closed| !closed.is_null()) {
		shown["descriptor"] = truth["descriptor"].clone();
		shown["closed"] = truth["closed"].clone();
	}
	for (index, item) in shown.as_array_mut().into_iter().flatten().enumerate() {
		if item.get("descriptor").is_some_and(Value::is_null) {
			item["descriptor"] = truth[index]["descriptor"].clone();
		}
	}
}

/// Removes the members of an answer that vary, and counts times in hours from now where each
/// attempt makes its own.
/// Returns whether these are the members of an object that names the block of a transaction.
fn names_block(members: &Map<String, Value>) -> bool {
	OF_A_BLOCK.iter().all(|name| members.contains_key(*name))
}

/// Returns the objects in an answer that name the block of a transaction.
pub fn blocks(answer: &Value) -> Vec<&Value> {
	match answer {
		Value::Object(members) if names_block(members) => vec![answer],
		Value::Object(members) => members.values().flat_map(blocks).collect(),
		Value::Array(items) => items.iter().flat_map(blocks).collect(),
		_ => Vec::new(),
	}
}

fn simplify(value: &mut Value, case: &Case) {
	match value {
		Value::Object(members) => {
			let is_fixed = case.kind == Kind::Shows && case.stands_alone();
			// Written before the end of the command, which waits for finality.
			let has_block = names_block(members);
			members.retain(|name, _| {
				let name = name.as_str();
				let is_of_block = OF_A_BLOCK.contains(&name) || has_block && name == "finalized";
				!case.varies.contains(&name) && (is_fixed || !is_of_block)
			});
			members.values_mut().for_each(|member| simplify(member, case));
		}
		Value::Array(items) => items.iter_mut().for_each(|item| simplify(item, case)),
		Value::Number(number) if !(case.kind == Kind::Shows && case.stands_alone()) => {
			let Some(time) = number.as_u64().filter(|number| TIMES.contains(number)) else {
				return;
			};
			let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
			let hours = (time as i64 - now.as_millis() as i64 + 1_800_000).div_euclid(3_600_000);
			*value = Value::String(format!("in {hours} h"));
		}
		_ => {}
	}
}
