//! The calls of the Kubo RPC API that the worker makes, and their failures.

use super::{
	deadline,
	http::{self, Lines, Sent},
	timestamp, IN_FLIGHT, MAX_BLOCK, PIN_IDLE, PIN_STUCK, PIN_TOTAL, REQUEST,
};
use alloc::{
	format,
	string::{String, ToString},
	vec::Vec,
};
use core::fmt;
use salus_primitives::{Cid, CODEC_RAW};
use serde::Deserialize;
use sp_core::offchain::Timestamp;
use sp_runtime::offchain::http::Response;

/// Maximum length of an answer other than a block or a list, in bytes.
const ANSWER: usize = 64 * 1024;

/// A service that the worker calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
	/// The node's staging area.
	Staging,
	/// The IPFS node.
	Ipfs,
}

/// A failure. It names no addresses, which may hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
	/// The connection failed or broke before an answer came.
	Unreachable(Service),
	/// No answer came in time.
	Late(Service),
	/// The answer has a status other than 200.
	Status(Service, u16),
	/// The answer broke off.
	Cut(Service),
	/// The answer exceeds the maximum length.
	TooLong(Service),
	/// The answer cannot be read.
	Garbled(Service),
	/// A block's bytes do not match its CID.
	WrongBytes(Cid),
	/// IPFS stored a block under a CID or size other than the requested one.
	WrongCid(Cid),
	/// The staging area lacks a part of the upload.
	Incomplete,
	/// The list of blocks differs from the previous one.
	Moved,
	/// IPFS answered without having pinned the root.
	NotPinned,
	/// IPFS keeps pinning without progress: it waits for blocks that it lost.
	Stuck,
	/// The upload's size differs from the registered one.
	WrongSize,
	/// The run lost its lock.
	Unlocked,
}

impl Fault {
	/// Returns whether any other upload would fail in the same way now.
	pub(super) fn is_general(&self) -> bool {
		matches!(self, Self::Unreachable(_) | Self::Late(_) | Self::Unlocked)
	}
}

impl fmt::Display for Service {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Staging => "the staging area",
			Self::Ipfs => "IPFS",
		})
	}
}

impl fmt::Display for Fault {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unreachable(service) => write!(f, "{service} cannot be reached"),
			Self::Late(service) => write!(f, "{service} did not answer in time"),
			Self::Status(service, status) => write!(f, "{service} answered with status {status}"),
			Self::Cut(service) => write!(f, "the answer from {service} broke off"),
			Self::TooLong(service) => write!(f, "the answer from {service} is too long"),
			Self::Garbled(service) => write!(f, "the answer from {service} cannot be read"),
			Self::WrongBytes(cid) => write!(f, "the staged bytes do not match their CID {cid}"),
			Self::WrongCid(cid) => write!(f, "IPFS stored {cid} under another CID or size"),
			Self::Incomplete => f.write_str("the staged upload is incomplete"),
			Self::Moved => f.write_str("the staged upload changed"),
			Self::NotPinned => f.write_str("IPFS did not pin the upload"),
			Self::Stuck => {
				f.write_str("IPFS waits for blocks that it lost; they will be sent again")
			}
			Self::WrongSize => f.write_str("the upload's size differs from the registered one"),
			Self::Unlocked => f.write_str("another run took over"),
		}
	}
}

/// A line of `refs`.
#[derive(Deserialize)]
struct RefLine {
	#[serde(rename = "Ref", default)]
	cid: String,
	#[serde(rename = "Err", default)]
	error: String,
}

/// The answer of `block/put` and `block/stat`.
#[derive(Deserialize)]
struct BlockAnswer {
	#[serde(rename = "Key")]
	key: String,
	#[serde(rename = "Size")]
	size: u64,
}

/// A line of `pin/add`.
#[derive(Deserialize)]
struct PinLine {
	#[serde(rename = "Pins", default)]
	pins: Option<Vec<String>>,
	/// Number of blocks reached.
	#[serde(rename = "Progress", default)]
	progress: Option<u64>,
}

/// An error of the Kubo RPC API.
#[derive(Deserialize)]
struct ErrorAnswer {
	#[serde(rename = "Message", default)]
	message: String,
}

/// A part of an upload's list of blocks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
	/// The blocks, without the root.
	pub(super) refs: Vec<Cid>,
	/// Whether the list ends here.
	pub(super) complete: bool,
}

/// The address of a service.
pub(super) struct Endpoint {
	service: Service,
	base: String,
}

impl Endpoint {
	pub(super) fn new(service: Service, base: String) -> Self {
		Self { service, base: base.trim_end_matches('/').to_string() }
	}

	fn send(&self, call: &str, body: http::Body, until: Timestamp) -> Result<Sent, Fault> {
		http::post(self.service, &format!("{}/api/v0/{call}", self.base), body, until)
	}

	fn good(&self, sent: Sent) -> Result<Response, Fault> {
		let response = http::wait(self.service, sent)?;
		match response.code {
			200 => Ok(response),
			status => Err(Fault::Status(self.service, status)),
		}
	}

	fn parse<'a, T: Deserialize<'a>>(&self, json: &'a [u8]) -> Result<T, Fault> {
		serde_json::from_slice(json).map_err(|_| Fault::Garbled(self.service))
	}

	/// Returns the blocks under `root` from number `skip` on, at most `take`. `last` is the block
	/// before them.
	pub(super) fn refs(
		&self,
		root: &Cid,
		skip: u32,
		last: Option<&Cid>,
		take: u32,
	) -> Result<Listing, Fault> {
		let until = deadline(REQUEST);
		let call = format!("refs?arg={root}&recursive=true&unique=true");
		let response = self.good(self.send(&call, None, until)?)?;
		let mut lines = Lines::new(self.service, response);
		let (mut refs, mut skipped) = (Vec::new(), 0u32);
		while let Some(line) = lines.next(until)? {
			let RefLine { cid, error } = self.parse(&line)?;
			if !error.is_empty() {
				return Err(Fault::Incomplete);
			}
			let cid: Cid = cid.parse().map_err(|_| Fault::Garbled(self.service))?;
			if skipped < skip {
				skipped = skipped.saturating_add(1);
				if skipped == skip && last != Some(&cid) {
					return Err(Fault::Moved);
				}
			} else if refs.len() as u32 >= take {
				return Ok(Listing { refs, complete: false });
			} else {
				refs.push(cid);
			}
		}
		if skipped < skip {
			return Err(Fault::Moved);
		}
		Ok(Listing { refs, complete: true })
	}

	/// Requests blocks, all at once.
	pub(super) fn start_gets(&self, cids: &[Cid]) -> Result<Gets, Fault> {
		let until = deadline(REQUEST);
		let requests = cids
			.iter()
			.map(|cid| self.send(&format!("block/get?arg={cid}"), None, until))
			.collect::<Result<_, _>>()?;
		Ok(Gets { requests, until })
	}

	/// Receives the blocks and verifies their hashes.
	pub(super) fn finish_gets(&self, cids: &[Cid], gets: Gets) -> Result<Vec<Vec<u8>>, Fault> {
		let mut blocks = Vec::with_capacity(IN_FLIGHT);
		for (cid, request) in cids.iter().zip(gets.requests) {
			let response = self.good(request)?;
			let block = http::read(self.service, &response, MAX_BLOCK, gets.until)?;
			if cid.0.get(4..) != Some(&sp_io::hashing::sha2_256(&block)) {
				return Err(Fault::WrongBytes(*cid));
			}
			blocks.push(block);
		}
		Ok(blocks)
	}

	/// Sends blocks one after another, without waiting for answers.
	pub(super) fn start_puts(&self, cids: &[Cid], blocks: Vec<Vec<u8>>) -> Result<Puts, Fault> {
		let until = deadline(REQUEST);
		let mut requests = Vec::with_capacity(IN_FLIGHT);
		for (cid, block) in cids.iter().zip(blocks) {
			requests.push((self.start_put(cid, &block, until)?, block.len() as u64));
		}
		Ok(Puts { requests, until })
	}

	fn start_put(&self, cid: &Cid, block: &[u8], until: Timestamp) -> Result<Sent, Fault> {
		let codec = if is_raw(cid) { "raw" } else { "dag-pb" };
		let call = format!("block/put?cid-codec={codec}&mhtype=sha2-256&pin=false");
		// No content can contain its own hash, so this boundary ends no block early.
		let kind = format!("multipart/form-data; boundary=salus-{cid}");
		let head = format!(
			"--salus-{cid}\r\nContent-Disposition: form-data; name=\"data\"; filename=\"block\"\r\n\
			Content-Type: application/octet-stream\r\n\r\n"
		);
		let tail = format!("\r\n--salus-{cid}--\r\n");
		self.send(&call, Some((&kind, [head.as_bytes(), block, tail.as_bytes()])), until)
	}

	/// Checks that IPFS stored each block under its CID and with its size.
	pub(super) fn finish_puts(&self, cids: &[Cid], puts: Puts) -> Result<(), Fault> {
		for (cid, (request, size)) in cids.iter().zip(puts.requests) {
			let response = self.good(request)?;
			let answer = http::read(self.service, &response, ANSWER, puts.until)?;
			self.check(&answer, cid, size)?;
		}
		Ok(())
	}

	fn check(&self, answer: &[u8], cid: &Cid, size: u64) -> Result<(), Fault> {
		let answer: BlockAnswer = self.parse(answer)?;
		if answer.key.parse() != Ok(*cid) || answer.size != size {
			return Err(Fault::WrongCid(*cid));
		}
		Ok(())
	}

	/// Pins a root and everything below it. Calls `alive` at each sign of life; if `alive` returns
	/// false, stops waiting.
	///
	/// Kubo searches its peers for a missing block without end, and reports its progress twice a
	/// second. A report without progress for [`PIN_STUCK`] ms means that waiting is pointless.
	pub(super) fn pin(&self, root: &Cid, mut alive: impl FnMut() -> bool) -> Result<(), Fault> {
		let end = deadline(PIN_TOTAL);
		let call = format!("pin/add?arg={root}&recursive=true&progress=true");
		let response = self.good(self.send(&call, None, deadline(PIN_IDLE))?)?;
		let mut lines = Lines::new(self.service, response);
		let mut pinned = false;
		let (mut reached, mut stuck) = (None, deadline(PIN_STUCK));
		while let Some(line) = lines.next(deadline(PIN_IDLE).min(end))? {
			let PinLine { pins, progress } = self.parse(&line)?;
			pinned |= pins.iter().flatten().any(|pin| pin.parse() == Ok(*root));
			if pinned || progress > reached {
				reached = progress;
				stuck = deadline(PIN_STUCK);
			} else if timestamp() > stuck {
				return Err(Fault::Stuck);
			}
			if !alive() {
				return Err(Fault::Unlocked);
			}
		}
		if pinned {
			Ok(())
		} else {
			Err(Fault::NotPinned)
		}
	}

	/// Checks that IPFS holds the root block with this size.
	pub(super) fn stat(&self, root: &Cid, size: u64) -> Result<(), Fault> {
		let until = deadline(REQUEST);
		let response = self.good(self.send(&format!("block/stat?arg={root}"), None, until)?)?;
		let answer = http::read(self.service, &response, ANSWER, until)?;
		self.check(&answer, root, size)
	}

	/// Returns whether IPFS itself holds the root block. IPFS asks no peer.
	pub(super) fn has(&self, root: &Cid) -> Result<bool, Fault> {
		let until = deadline(REQUEST);
		let sent = self.send(&format!("block/stat?arg={root}&offline=true"), None, until)?;
		self.yes_or(&["not found", "could not find"], sent, until)
	}

	/// Returns whether the answer is a yes. Only an error that contains one of `no` counts as a no;
	/// any other error is a fault. Kubo answers status 500 to anything that it cannot do, and
	/// taking that for a no would remove content that exists.
	fn yes_or(&self, no: &[&str], sent: Sent, until: Timestamp) -> Result<bool, Fault> {
		let response = http::wait(self.service, sent)?;
		if response.code == 200 {
			return Ok(true);
		}
		let answer = http::read(self.service, &response, ANSWER, until)?;
		match self.parse::<ErrorAnswer>(&answer) {
			Ok(error) if no.iter().any(|no| error.message.contains(no)) => Ok(false),
			_ => Err(Fault::Status(self.service, response.code)),
		}
	}

	/// Returns whether a root is pinned with everything below it.
	pub(super) fn is_pinned(&self, root: &Cid) -> Result<bool, Fault> {
		let until = deadline(REQUEST);
		let sent = self.send(&format!("pin/ls?arg={root}&type=recursive"), None, until)?;
		self.yes_or(&["not pinned"], sent, until)
	}

	/// Unpins a root. Succeeds too if the root is not pinned.
	pub(super) fn unpin(&self, root: &Cid) -> Result<(), Fault> {
		let until = deadline(REQUEST);
		let sent = self.send(&format!("pin/rm?arg={root}&recursive=true"), None, until)?;
		let response = http::wait(self.service, sent)?;
		let answer = http::read(self.service, &response, ANSWER, until)?;
		if response.code == 200 {
			return Ok(());
		}
		match self.parse::<ErrorAnswer>(&answer) {
			Ok(error) if error.message.contains("not pinned") => Ok(()),
			_ => Err(Fault::Status(self.service, response.code)),
		}
	}
}

/// Blocks that were requested.
pub(super) struct Gets {
	requests: Vec<Sent>,
	until: Timestamp,
}

/// Blocks that were sent, with their sizes in bytes.
pub(super) struct Puts {
	requests: Vec<(Sent, u64)>,
	until: Timestamp,
}

/// Returns whether a CID names a leaf.
pub(super) fn is_raw(cid: &Cid) -> bool {
	cid.0.get(1) == Some(&CODEC_RAW)
}
