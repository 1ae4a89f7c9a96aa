//! A simulated staging area and IPFS node behind the off-chain externalities, with a clock and
//! local storage.

use codec::{Decode, Encode};
use parking_lot::RwLock;
use salus_primitives::{Cid, CODEC_DAG_PB, CODEC_RAW};
use sp_core::offchain::Timestamp;
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::Arc,
};

/// A file with a staged DAG of leaves and one root.
pub struct File {
	pub seed: u8,
	pub root: Cid,
	pub size: u64,
	pub leaves: Vec<Cid>,
}

/// A way in which a request fails.
#[derive(Clone)]
pub enum Misbehaviour {
	/// The connection is refused.
	Refuse,
	/// No answer ever comes.
	Hang,
	/// The answer comes after this many milliseconds.
	Slow(u64),
	/// The answer has this status and body.
	Answer(u16, Vec<u8>),
	/// The answer is right, but with this status.
	Status(u16),
	/// The answer is right up to this many bytes; then the connection breaks.
	Cut(usize),
	/// The answer is right up to this many bytes; then nothing more comes.
	Stall(usize),
	/// The same lines come forever, at intervals of this many milliseconds.
	Repeat(u64, &'static str),
}

pub(super) type Rule = Box<dyn FnMut(&str) -> Option<Misbehaviour> + Send + Sync>;

#[derive(Default)]
pub struct Request {
	pub(super) call: String,
	pub(super) kind: String,
	pub(super) body: Vec<u8>,
	pub(super) sent: bool,
	pub(super) fault: Option<Misbehaviour>,
	pub(super) answer: (u16, Vec<u8>),
	pub(super) read: usize,
	pub(super) done: bool,
}

#[derive(Default)]
pub struct State {
	pub(super) clock: u64,
	/// Time that every answer takes, in milliseconds.
	pub latency: u64,
	/// Blocks in the staging area.
	pub staged: BTreeMap<Cid, Vec<u8>>,
	/// Blocks that `refs` lists, by root.
	pub listings: BTreeMap<Cid, Vec<Cid>>,
	/// Blocks in IPFS.
	pub blocks: BTreeMap<Cid, Vec<u8>>,
	/// Pinned roots.
	pub pinned: BTreeSet<Cid>,
	/// Calls in order, such as `ipfs pin/add CID`.
	pub calls: Vec<String>,
	/// Maximum number of requests that were open at once.
	pub most_open: usize,
	/// Number of bytes of answers that were read.
	pub bytes_read: usize,
	/// Whether the node ignores requests to remove blocks.
	pub stubborn: bool,
	pub(super) rule: Option<Rule>,
	pub(super) requests: BTreeMap<u16, Request>,
	pub(super) storage: BTreeMap<Vec<u8>, Vec<u8>>,
}

#[derive(Clone)]
pub struct World(Arc<RwLock<State>>);

pub fn cid_of(codec: u8, bytes: &[u8]) -> Cid {
	Cid::new(codec, sp_io::hashing::sha2_256(bytes))
}

impl World {
	pub fn new() -> Self {
		let state = State { clock: 1_000_000, latency: 1, ..Default::default() };
		Self(Arc::new(RwLock::new(state)))
	}

	pub fn with<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
		change(&mut self.0.write())
	}

	/// Sets a value in the local storage.
	pub fn set(&self, key: &[u8], value: &impl Encode) {
		self.with(|state| state.storage.insert(key.to_vec(), value.encode()));
	}

	pub fn get<T: Decode>(&self, key: &[u8]) -> Option<T> {
		self.with(|state| state.storage.get(key).map(|bytes| T::decode(&mut &bytes[..]).unwrap()))
	}

	/// Makes requests fail whose call, in the form of `calls`, matches a rule.
	pub fn misbehave(
		&self,
		rule: impl FnMut(&str) -> Option<Misbehaviour> + Send + Sync + 'static,
	) {
		self.with(|state| state.rule = Some(Box::new(rule)));
	}

	pub fn behave(&self) {
		self.with(|state| state.rule = None);
	}

	/// Stages a file of `leaves` leaves without listing it as an upload. A single leaf is its own
	/// root.
	pub fn stage_blocks(&self, seed: u8, leaves: usize) -> File {
		let mut size = 0;
		let mut cids = Vec::new();
		self.with(|state| {
			for leaf in 0..leaves {
				let bytes = format!("leaf {leaf} of file {seed}").into_bytes();
				size += bytes.len() as u64;
				let cid = cid_of(CODEC_RAW, &bytes);
				state.staged.insert(cid, bytes);
				cids.push(cid);
			}
			if leaves == 1 {
				let root = cids.remove(0);
				return File { seed, root, size, leaves: cids };
			}
			let bytes: Vec<u8> = cids.iter().flat_map(|cid| cid.0).collect();
			let root = cid_of(CODEC_DAG_PB, &bytes);
			state.staged.insert(root, bytes);
			state.listings.insert(root, cids.clone());
			File { seed, root, size, leaves: cids }
		})
	}

	/// Stages a file as a complete upload.
	pub fn stage(&self, seed: u8, leaves: usize) -> File {
		let file = self.stage_blocks(seed, leaves);
		let mut uploads: Vec<(Cid, u64)> = self.get(b"salus::uploads").unwrap_or_default();
		uploads.push((file.root, file.size));
		self.set(b"salus::uploads", &uploads);
		file
	}

	/// Returns whether IPFS holds the whole file and has it pinned.
	pub fn holds(&self, file: &File) -> bool {
		self.with(|state| {
			let all = [file.root].into_iter().chain(file.leaves.iter().copied());
			let right = |cid| state.blocks.get(&cid) == state.staged.get(&cid);
			state.pinned.contains(&file.root) && all.into_iter().all(right)
		})
	}

	/// Removes what is left of the requested roots, as the node does.
	pub fn remove(&self) {
		let asked: Vec<Cid> = self.get(b"salus::worker::removing").unwrap_or_default();
		let mut removed = Vec::new();
		self.with(|state| {
			if state.stubborn {
				return;
			}
			let below = |root: &Cid| state.listings.get(root).cloned().unwrap_or_default();
			let kept: BTreeSet<Cid> = state
				.pinned
				.iter()
				.flat_map(|root| below(root).into_iter().chain([*root]))
				.collect();
			for root in asked {
				if state.pinned.contains(&root) {
					continue;
				}
				let blocks = below(&root).into_iter().chain([root]);
				for block in blocks.filter(|block| !kept.contains(block)) {
					state.blocks.remove(&block);
				}
				removed.push(root);
			}
		});
		self.set(b"salus::removed", &removed);
	}

	/// Takes the calls made so far.
	pub fn calls(&self) -> Vec<String> {
		self.with(|state| core::mem::take(&mut state.calls))
	}

	pub fn advance(&self, milliseconds: u64) {
		self.with(|state| state.clock += milliseconds);
	}

	pub fn clock(&self) -> u64 {
		self.with(|state| state.clock)
	}
}

impl State {
	/// Returns the right answer to a request.
	pub(super) fn answer(&mut self, id: u16) -> (u16, Vec<u8>) {
		let Request { call, kind, body, .. } = &self.requests[&id];
		let mut words = call.split(' ');
		let (service, call) = (words.next().unwrap(), words.next().unwrap());
		let (call, query) = call.split_once('?').unwrap();
		let arguments: BTreeMap<&str, &str> =
			query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
		let cid = arguments.get("arg").map(|text| text.parse::<Cid>().unwrap());
		match (service, call) {
			("staging", "refs") => {
				assert_eq!((arguments["recursive"], arguments["unique"]), ("true", "true"));
				let refs = self.listings[&cid.unwrap()].iter();
				let line = |cid| format!("{{\"Ref\":\"{cid}\",\"Err\":\"\"}}\n");
				(200, refs.map(line).collect::<String>().into_bytes())
			}
			("staging", "block/get") => match self.staged.get(&cid.unwrap()) {
				Some(bytes) => (200, bytes.clone()),
				None => {
					(500, b"{\"Message\":\"not found\",\"Code\":0,\"Type\":\"error\"}".to_vec())
				}
			},
			("ipfs", "block/put") => {
				assert_eq!((arguments["mhtype"], arguments["pin"]), ("sha2-256", "false"));
				let codec = match arguments["cid-codec"] {
					"raw" => CODEC_RAW,
					"dag-pb" => CODEC_DAG_PB,
					other => panic!("unknown codec {other}"),
				};
				let bytes = file_of_multipart(kind, body);
				let (cid, size) = (cid_of(codec, &bytes), bytes.len());
				self.blocks.insert(cid, bytes);
				(200, format!("{{\"Key\":\"{cid}\",\"Size\":{size}}}\n").into_bytes())
			}
			("ipfs", "block/stat") => {
				let cid = cid.unwrap();
				let Some(block) = self.blocks.get(&cid) else {
					return (500, b"{\"Message\":\"block was not found\"}".to_vec());
				};
				let size = block.len();
				(200, format!("{{\"Key\":\"{cid}\",\"Size\":{size}}}").into_bytes())
			}
			("ipfs", "pin/add") => {
				let cid = cid.unwrap();
				let below = self.listings.get(&cid).cloned().unwrap_or_default();
				if !below.iter().chain([&cid]).all(|cid| self.blocks.contains_key(cid)) {
					return (500, b"{\"Message\":\"block was not found\"}".to_vec());
				}
				self.pinned.insert(cid);
				let lines =
					format!("{{\"Progress\":1}}\n{{\"Progress\":2}}\n{{\"Pins\":[\"{cid}\"]}}\n");
				(200, lines.into_bytes())
			}
			("ipfs", "pin/ls") => {
				assert_eq!(arguments["type"], "recursive");
				let cid = cid.unwrap();
				if self.pinned.contains(&cid) {
					return (
						200,
						format!("{{\"Keys\":{{\"{cid}\":{{\"Type\":\"recursive\"}}}}}}")
							.into_bytes(),
					);
				}
				(500, b"{\"Message\":\"path is not pinned\"}".to_vec())
			}
			("ipfs", "pin/rm") => {
				let cid = cid.unwrap();
				if self.pinned.remove(&cid) {
					return (200, format!("{{\"Pins\":[\"{cid}\"]}}").into_bytes());
				}
				(500, b"{\"Message\":\"not pinned or pinned indirectly\",\"Code\":0}".to_vec())
			}
			other => panic!("unknown call {other:?}"),
		}
	}

	pub(super) fn open(&self) -> usize {
		self.requests.values().filter(|request| request.sent && !request.done).count()
	}

	/// Advances the clock to a deadline, which every request must have.
	pub(super) fn late(&mut self, deadline: Option<Timestamp>) {
		let deadline = deadline.expect("every request has a deadline").unix_millis();
		self.clock = self.clock.max(deadline);
	}
}

/// Returns the one file of a multipart body.
fn file_of_multipart(kind: &str, body: &[u8]) -> Vec<u8> {
	let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
	assert!(boundary.len() <= 70, "RFC 2046 permits 70 characters");
	let head = format!("--{boundary}\r\n");
	let tail = format!("\r\n--{boundary}--\r\n");
	let part = body.strip_prefix(head.as_bytes()).expect("the first boundary");
	let part = part.strip_suffix(tail.as_bytes()).expect("the last boundary");
	let blank = part.windows(4).position(|window| window == b"\r\n\r\n").expect("a blank line");
	let headers = core::str::from_utf8(&part[..blank]).unwrap();
	assert!(headers.starts_with("Content-Disposition: form-data; name="), "{headers}");
	part[blank + 4..].to_vec()
}
