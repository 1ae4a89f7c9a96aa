//! Commands that follow links.

use std::{
	collections::{BTreeMap, HashSet},
	io,
	ops::Range,
	sync::Arc,
	time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures::stream;
use serde_json::{json, Value};
use tokio::{
	runtime::Handle,
	sync::{mpsc, oneshot, OwnedSemaphorePermit},
};

use super::{
	reply::{CommandError, Reply},
	Blocks,
};
use crate::{
	content::{
		unixfs::{self, Link},
		Cid,
	},
	store::{BlockStore, Deletion},
};

/// Returns the children of a block. Fails if it is not there.
fn children<B: Blocks>(blocks: &B, cid: &Cid) -> Result<Vec<Link>, CommandError> {
	let data = blocks.get(cid)?.ok_or_else(|| CommandError::absent(cid))?;
	unixfs::links(cid, &data).map_err(|error| CommandError::failed(&error))
}

/// Returns the lines of `refs`: every block below these roots, each once. Like Kubo, reports a
/// block that cannot be followed as a line with an error, and ends there.
pub(super) fn refs<B: Blocks>(blocks: &B, roots: &[Cid], recursive: bool) -> Vec<Value> {
	let mut lines = Vec::new();
	let mut seen = HashSet::new();
	for root in roots {
		let mut stack = vec![*root];
		while let Some(cid) = stack.pop() {
			if cid != *root {
				lines.push(json!({ "Ref": cid, "Err": "" }));
				if !recursive {
					continue;
				}
			}
			if cid.is_raw() {
				match blocks.size(&cid) {
					Ok(Some(_)) => continue,
					Ok(None) => lines.push(failure(CommandError::absent(&cid))),
					Err(refusal) => lines.push(failure(refusal)),
				}
				return lines;
			}
			match children(blocks, &cid) {
				Ok(links) => stack.extend(
					links.iter().rev().map(|link| link.cid).filter(|cid| seen.insert(*cid)),
				),
				Err(refusal) => {
					lines.push(failure(refusal));
					return lines;
				}
			}
		}
	}
	lines
}

fn failure(refusal: CommandError) -> Value {
	json!({ "Ref": "", "Err": refusal.message() })
}

/// Maximum time for a reader to take a leaf of a file before the connection is closed.
const READER_PATIENCE: Duration = Duration::from_secs(60);

/// Answers with a part of a file, leaf by leaf. Holds the slot until the last leaf is taken.
///
/// A failure before the first byte is an ordinary error. A later failure breaks the connection, so
/// that no caller takes a part for the whole.
pub(super) async fn cat<B: Blocks>(
	blocks: Arc<B>,
	slot: OwnedSemaphorePermit,
	root: Cid,
	offset: u64,
	length: u64,
) -> Result<Response, CommandError> {
	let (first, opened) = oneshot::channel();
	let (leaves, receiver) = mpsc::channel::<Bytes>(2);
	let (end, ended) = oneshot::channel();
	tokio::task::spawn_blocking(move || {
		let _slot = slot;
		let size = match file_size(&*blocks, &root) {
			Ok(size) => size,
			Err(refusal) => {
				let _ = first.send(Err(refusal));
				return;
			}
		};
		let from = offset.min(size);
		let to = from.saturating_add(length).min(size);
		let _ = first.send(Ok(to - from));
		let _ = end.send(send_leaves(&*blocks, root, size, from..to, &leaves));
	});
	let length = opened.await.map_err(|error| CommandError::failed(&error))??;
	// The leaves, then the outcome. A sender that vanished is a failure too.
	let body = stream::unfold(Some((receiver, ended)), |state| async {
		let (mut receiver, ended) = state?;
		if let Some(leaf) = receiver.recv().await {
			return Some((Ok(leaf), Some((receiver, ended))));
		}
		let error = match ended.await {
			Ok(Ok(())) => return None,
			Ok(Err(refusal)) => refusal.message(),
			Err(_) => "the reading thread has ended".into(),
		};
		log::warn!("an answer was cut off: {error}");
		Some((Err(io::Error::other(error)), None))
	});
	Ok(Reply::file(length, Body::from_stream(body)))
}

fn file_size<B: Blocks>(blocks: &B, root: &Cid) -> Result<u64, CommandError> {
	if root.is_raw() {
		return blocks.size(root)?.ok_or_else(|| CommandError::absent(root));
	}
	children(blocks, root)?
		.iter()
		.try_fold(0_u64, |sum, link| sum.checked_add(link.blocksize))
		.ok_or_else(|| CommandError::Error("the size of the file exceeds 64 bits".into()))
}

/// Sends the bytes in this part of the file. Skips subtrees outside the part.
fn send_leaves<B: Blocks>(
	blocks: &B,
	root: Cid,
	size: u64,
	part: Range<u64>,
	leaves: &mpsc::Sender<Bytes>,
) -> Result<(), CommandError> {
	let runtime = Handle::current();
	let mut stack = vec![(root, 0_u64, size)];
	while let Some((cid, at, size)) = stack.pop() {
		if at >= part.end || at + size <= part.start {
			continue;
		}
		if cid.is_raw() {
			let data = blocks.get(&cid)?.ok_or_else(|| CommandError::absent(&cid))?;
			if data.len() as u64 != size {
				let message = format!("leaf {cid} does not have the announced length");
				return Err(CommandError::Error(message));
			}
			let from = part.start.saturating_sub(at) as usize;
			let to = (part.end - at).min(size) as usize;
			let leaf = Bytes::from(data).slice(from..to);
			runtime
				.block_on(async { leaves.send_timeout(leaf, READER_PATIENCE).await })
				.map_err(|error| CommandError::failed(&error))?;
			continue;
		}
		let mut child = at;
		let mut placed = Vec::new();
		for link in children(blocks, &cid)? {
			placed.push((link.cid, child, link.blocksize));
			child += link.blocksize;
		}
		if child != at + size {
			return Err(CommandError::Error(format!(
				"node {cid} does not have the announced size"
			)));
		}
		stack.extend(placed.into_iter().rev());
	}
	Ok(())
}

/// Requested kind of pins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
	All,
	Recursive,
	Indirect,
	Direct,
}

impl Kind {
	pub(super) fn parse(text: &str) -> Result<Self, CommandError> {
		match text {
			"all" => Ok(Self::All),
			"recursive" => Ok(Self::Recursive),
			"indirect" => Ok(Self::Indirect),
			"direct" => Ok(Self::Direct),
			other => Err(CommandError::Error(format!(
				"invalid type '{other}', must be one of {{direct, indirect, recursive, all}}"
			))),
		}
	}
}

/// Returns the pins of this kind, or how the `asked` blocks are pinned.
pub(super) fn pins(
	store: &BlockStore,
	kind: Kind,
	asked: Option<&[Cid]>,
) -> Result<BTreeMap<Cid, String>, CommandError> {
	let mut pins = BTreeMap::new();
	let wanted = |cid: &Cid| asked.is_none_or(|asked| asked.contains(cid));
	// Look below the pins only if the answer may depend on it.
	let walk = matches!(kind, Kind::All | Kind::Indirect)
		&& asked.is_none_or(|asked| !asked.iter().all(|cid| store.is_pinned(cid)));
	for root in store.pins() {
		if matches!(kind, Kind::All | Kind::Recursive) && wanted(&root) {
			pins.insert(root, "recursive".to_owned());
		}
		if !walk {
			continue;
		}
		let below = match store.reachable(&root) {
			Ok(below) => below,
			// An incomplete pin hides no other pin.
			Err(error) => {
				log::warn!("left the blocks below {root} out of a list of pins: {error}");
				continue;
			}
		};
		for cid in below {
			if cid != root && wanted(&cid) && !store.is_pinned(&cid) {
				pins.entry(cid).or_insert_with(|| match asked {
					Some(_) => format!("indirect through {root}"),
					None => "indirect".to_owned(),
				});
			}
		}
	}
	for cid in asked.into_iter().flatten() {
		if !pins.contains_key(cid) {
			return Err(CommandError::Error(format!("path '{cid}' is not pinned")));
		}
	}
	Ok(pins)
}

/// Returns the lines of `block/rm`. A block that a pin keeps stays.
pub(super) fn remove(
	store: &BlockStore,
	cids: &[Cid],
	force: bool,
) -> Result<Vec<Value>, CommandError> {
	let deletions = store.delete_unpinned(cids)?;
	let lines = cids.iter().zip(deletions).map(|(cid, deletion)| {
		let error = match deletion {
			Deletion::Removed => return json!({ "Hash": cid }),
			Deletion::Absent if force => return json!({ "Hash": cid }),
			Deletion::Absent => format!("ipld: could not find {cid}"),
			Deletion::Pinned => "pinned: recursive".to_owned(),
			Deletion::PinnedIndirectly => "pinned: indirect".to_owned(),
		};
		json!({ "Hash": cid, "Error": error })
	});
	Ok(lines.collect())
}
