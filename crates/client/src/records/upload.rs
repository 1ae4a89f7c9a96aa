//! Sending the blocks of a sealed file to a node.
//!
//! The node says which blocks it lacks, and accepts them in any order with parents first. So an
//! interrupted upload continues where it was. A new upload begins without asking, because the node
//! lacks all of it. A few calls run concurrently; memory stays bounded regardless of the file's
//! size.

use std::{
	collections::HashMap,
	fs::File,
	io::{self, Read, Seek, SeekFrom},
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};

use base64::{engine::general_purpose::STANDARD, Engine};
use futures::{future::BoxFuture, stream, StreamExt, TryStreamExt};
use salus_ipfs::{unixfs::FileNode, Cid, Dag};
use salus_primitives::{Moment, SignedTicket, StagingTicket};
use serde::{Deserialize, Serialize};
use subxt::rpcs::rpc_params;
use tracing::{info_span, Instrument};

use crate::{
	chain::rpc::RpcError,
	progress::{Progress, Step},
	state::folder::JournalError,
	Account, Client, Error, Signer,
};

/// Number of missing blocks to ask for at once.
const ASK: u32 = 256;
/// Number of blocks in one call, and of children that are sent with an inner node.
const BATCH: usize = 2;
/// Number of concurrent calls.
const IN_FLIGHT: usize = 3;
/// Lifetime of a ticket. A new one is signed for each round of calls to the node.
const TICKET_LIFETIME: Duration = Duration::from_secs(6 * 60 * 60);
/// Number of times that the node may name the same missing blocks again.
const PATIENCE: u32 = 5;

/// Error code of a node that does not have the upload, or has dropped it.
const UNKNOWN_UPLOAD: i32 = 9013;

/// Summary of an upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UploadReport {
	/// Number of blocks in the file.
	pub blocks: u64,
	/// Number of blocks that the node had already.
	pub resumed: u64,
	/// Number of blocks that were sent.
	pub sent: u64,
	/// Size of the sent blocks, in bytes.
	pub bytes_sent: u64,
}

/// A block, as the node accepts it.
#[derive(Serialize)]
struct StagedBlock {
	cid: Cid,
	data: String,
}

/// Progress of an upload after a call.
#[derive(Deserialize)]
struct StageAnswer {
	/// Whether every block is staged. A node that does not say is asked.
	#[serde(default)]
	complete: bool,
}

/// The blocks that one call has sent.
struct SentBatch {
	blocks: u64,
	bytes: u64,
	/// Whether the node has every block of the file now.
	complete: bool,
}

/// Progress of an upload, and the blocks that it lacks.
#[derive(Deserialize)]
struct Missing {
	/// Number of staged blocks.
	staged: u64,
	/// The blocks to send next, parents before children.
	blocks: Vec<Cid>,
}

impl Client {
	/// Signs a ticket to stage an upload. Its lifetime is by the chain's clock, since this
	/// machine's may be wrong, and the node cannot set it forward.
	pub async fn staging_ticket(
		&self,
		signer: &Signer,
		root: Cid,
		size: u64,
		lifetime: Duration,
	) -> Result<SignedTicket<Account>, Error> {
		let clock = self.now().clock().await?;
		let ticket = StagingTicket {
			genesis: self.genesis(),
			account: signer.account(),
			root: salus_primitives::Cid(root.to_bytes()),
			size,
			expires: clock.saturating_add(lifetime.as_millis() as Moment),
		};
		let signature = signer.sign(&ticket.to_sign());
		Ok(SignedTicket { ticket, signature })
	}

	/// Sends the blocks of a sealed file that the node lacks.
	pub async fn upload(
		&self,
		signer: &Signer,
		dag: Dag,
		file: &Path,
		progress: &dyn Progress,
	) -> Result<UploadReport, Error> {
		self.send_blocks(signer, dag, file, false, progress).await
	}

	/// Sends the blocks of a sealed file that the node lacks. If the file is new, so that no node
	/// can have any of it, begins without asking.
	pub(super) fn send_blocks<'a>(
		&'a self,
		signer: &'a Signer,
		dag: Dag,
		file: &'a Path,
		is_new: bool,
		progress: &'a dyn Progress,
	) -> BoxFuture<'a, Result<UploadReport, Error>> {
		Box::pin(async move {
			let sending = self.send_rounds(signer, dag, file, is_new, progress);
			sending.instrument(info_span!("stage")).await
		})
	}

	async fn send_rounds(
		&self,
		signer: &Signer,
		dag: Dag,
		file: &Path,
		is_new: bool,
		progress: &dyn Progress,
	) -> Result<UploadReport, Error> {
		let sealed = Arc::new(SealedFile::new(dag, file.to_owned()));
		let dag = &sealed.dag;
		let mut report = UploadReport { blocks: dag.block_count() as u64, ..Default::default() };
		progress.begin(Step::Uploading, dag.size);
		let mut last = Vec::new();
		let mut repeats = 0;
		let mut is_first = true;
		loop {
			let ticket = self.staging_ticket(signer, dag.root, dag.size, TICKET_LIFETIME).await?;
			let Missing { staged, blocks: missing } = match is_new && is_first {
				true => Missing { staged: 0, blocks: vec![dag.root] },
				false => self.request("salus_missingBlocks", rpc_params![&ticket, ASK]).await?,
			};
			if is_first {
				report.resumed = staged;
				progress.advance(staged.saturating_mul(salus_ipfs::MAX_LEAF as u64).min(dag.size));
				is_first = false;
			}
			if missing.is_empty() {
				break;
			}
			repeats = if missing == last { repeats + 1 } else { 0 };
			if repeats >= PATIENCE {
				return Err(Error::Deadline {
					what: "the node's storage of the blocks that it was sent",
					seconds: 0,
					remedy: "see the node's log",
				});
			}
			let sent: Vec<SentBatch> = stream::iter(sealed.batches(&missing))
				.map(|cids| self.stage(&ticket, &sealed, cids, progress))
				.buffer_unordered(IN_FLIGHT)
				.try_collect()
				.await?;
			for SentBatch { blocks, bytes, .. } in &sent {
				report.sent += blocks;
				report.bytes_sent += bytes;
			}
			if sent.iter().any(|sent| sent.complete) {
				break;
			}
			last = missing;
		}
		progress.end();
		Ok(report)
	}

	/// Sends some blocks in one call.
	async fn stage(
		&self,
		ticket: &SignedTicket<Account>,
		sealed: &Arc<SealedFile>,
		cids: Vec<Cid>,
		progress: &dyn Progress,
	) -> Result<SentBatch, Error> {
		let blocks = {
			let sealed = sealed.clone();
			tokio::task::spawn_blocking(move || sealed.read(&cids)).await??
		};
		let count = blocks.len() as u64;
		let mut bytes = 0;
		let mut leaves = 0;
		for (block, length) in &blocks {
			bytes += length;
			if block.cid.is_raw() {
				leaves += length;
			}
		}
		let blocks: Vec<StagedBlock> = blocks.into_iter().map(|(block, _)| block).collect();
		let params = rpc_params![ticket, blocks];
		match self.request::<StageAnswer>("salus_stageBlocks", params).await {
			Ok(StageAnswer { complete }) => {
				progress.advance(leaves);
				Ok(SentBatch { blocks: count, bytes, complete })
			}
			// The upload was collected since; asking for missing blocks opens it again.
			Err(RpcError::Refused { code: UNKNOWN_UPLOAD, .. }) => {
				Ok(SentBatch { blocks: 0, bytes: 0, complete: false })
			}
			Err(error) => Err(error.into()),
		}
	}
}

/// A sealed file, with the places of its blocks.
struct SealedFile {
	dag: Dag,
	path: PathBuf,
	/// Index of each leaf, and after the leaves of each inner node.
	places: HashMap<Cid, usize>,
}

impl SealedFile {
	fn new(dag: Dag, path: PathBuf) -> Self {
		let leaves = dag.leaves.iter().map(|leaf| leaf.cid);
		let nodes = dag.nodes.iter().map(|node| node.cid);
		let places = leaves.chain(nodes).enumerate().map(|(place, cid)| (cid, place)).collect();
		Self { dag, path, places }
	}

	/// Groups missing blocks into calls. The first children of an inner node are sent with it;
	/// otherwise the server would name them in a further round. So a small file needs one call.
	fn batches(&self, missing: &[Cid]) -> Vec<Vec<Cid>> {
		let batch = |cids: &[Cid]| {
			let children = cids.iter().flat_map(|cid| self.children(cid));
			let children = children.filter(|child| !missing.contains(child)).take(BATCH);
			cids.iter().copied().chain(children).collect()
		};
		missing.chunks(BATCH).map(batch).collect()
	}

	/// Returns the children of an inner node; none of a leaf.
	fn children(&self, cid: &Cid) -> Vec<Cid> {
		let node = self.places.get(cid).and_then(|place| {
			let node = place.checked_sub(self.dag.leaves.len())?;
			FileNode::decode(&self.dag.nodes.get(node)?.data).ok()
		});
		node.into_iter().flat_map(|node| node.links).map(|link| link.cid).collect()
	}

	/// Reads blocks, each with its length.
	fn read(&self, cids: &[Cid]) -> Result<Vec<(StagedBlock, u64)>, Error> {
		let failed = |source| {
			let path = self.path.clone();
			Error::Journal(JournalError::Io { action: "read an envelope", path, source })
		};
		let mut file = File::open(&self.path).map_err(failed)?;
		let mut data = Vec::new();
		cids.iter()
			.map(|cid| {
				let foreign = || Error::ForeignBlock(cid.to_string());
				let place = *self.places.get(cid).ok_or_else(foreign)?;
				data.clear();
				match self.dag.leaves.get(place) {
					Some(leaf) => {
						data.resize(leaf.len as usize, 0);
						file.seek(SeekFrom::Start(leaf.offset))
							.and_then(|_| file.read_exact(&mut data))
							.map_err(failed)?;
					}
					None => {
						let node = self.dag.nodes.get(place - self.dag.leaves.len());
						data.extend_from_slice(&node.ok_or_else(foreign)?.data);
					}
				}
				// An envelope that changed since it was hashed is detected here, not by the node.
				cid.verify(&data)
					.map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidData, error)))?;
				Ok((StagedBlock { cid: *cid, data: STANDARD.encode(&data) }, data.len() as u64))
			})
			.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain::{proven::tests::Block, rpc::tests::Answers};
	use codec::Encode;
	use salus_ipfs::unixfs::DagBuilder;
	use serde_json::{json, Value};
	use std::sync::Mutex;

	/// The chain's clock at the last final block, in milliseconds since 1970.
	const CLOCK: Moment = 1_700_000_000_000;

	fn last_final() -> Block {
		let now = crate::storage::item("Timestamp", "Now");
		Block::new(7, &[(&now[..], &CLOCK.encode()[..])])
	}

	async fn connected(answers: Answers) -> (tempfile::TempDir, Client) {
		let folder = tempfile::tempdir().unwrap();
		let client = last_final().known_to_client_of(answers, folder.path()).await;
		(folder, client)
	}

	fn sealed(size: usize) -> (tempfile::TempDir, SealedFile, Vec<u8>) {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("envelope");
		let bytes: Vec<u8> = (0..size).map(|i| (i / 4096 % 251) as u8).collect();
		std::fs::write(&path, &bytes).unwrap();
		let mut builder = DagBuilder::new();
		builder.update(&bytes);
		(folder, SealedFile::new(builder.finish(), path), bytes)
	}

	#[test]
	fn every_block_is_found_and_matches_its_cid() {
		let (_folder, sealed, bytes) = sealed(2_500_000);
		let leaves: Vec<Cid> = sealed.dag.leaves.iter().map(|leaf| leaf.cid).collect();
		let read = sealed.read(&leaves).unwrap();
		let joined: Vec<u8> =
			read.iter().flat_map(|(block, _)| STANDARD.decode(&block.data).unwrap()).collect();
		assert_eq!(joined, bytes);
		let root = sealed.read(&[sealed.dag.root]).unwrap();
		let data = STANDARD.decode(&root[0].0.data).unwrap();
		assert_eq!(sealed.dag.root.verify(&data), Ok(()));
	}

	#[test]
	fn a_node_takes_its_first_children_along() {
		let (_folder, sealed, _) = sealed(1_500_000);
		let root = sealed.dag.root;
		let leaves: Vec<Cid> = sealed.dag.leaves.iter().map(|leaf| leaf.cid).collect();
		assert_eq!(sealed.batches(&[root]), [vec![root, leaves[0], leaves[1]]]);
		// A child that the node misses is sent once.
		assert_eq!(sealed.batches(&[root, leaves[0]]), [vec![root, leaves[0], leaves[1]]]);
		assert_eq!(sealed.batches(&leaves), std::slice::from_ref(&leaves));

		let (_folder, sealed, _) = self::sealed(3_500_000);
		let (root, leaves) = (sealed.dag.root, &sealed.dag.leaves);
		assert_eq!(sealed.batches(&[root]), [vec![root, leaves[0].cid, leaves[1].cid]]);
	}

	/// Answers like a node that takes blocks, and notes the calls about them.
	fn taking(calls: &Mutex<Vec<String>>, after: Value, method: &str, params: &Value) -> Value {
		let note = |call: String| calls.lock().unwrap().push(call);
		match method {
			"salus_stageBlocks" => {
				note(format!("stage {}", params[1].as_array().unwrap().len()));
				after
			}
			"salus_missingBlocks" => {
				note("missing".into());
				json!({"staged": 3, "blocks": []})
			}
			_ => last_final().answer(method, params),
		}
	}

	async fn sent(client: &Client, is_new: bool) -> UploadReport {
		let (_folder, sealed, _) = sealed(1_500_000);
		let signer = Signer::generate().unwrap();
		client.send_blocks(&signer, sealed.dag, &sealed.path, is_new, &()).await.unwrap()
	}

	#[tokio::test]
	async fn a_small_new_file_is_staged_in_one_call() {
		static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());
		let answers: Answers =
			|method, params| taking(&CALLS, json!({"complete": true}), method, params);
		let (_folder, client) = connected(answers).await;
		let report = sent(&client, true).await;
		assert_eq!((report.blocks, report.resumed, report.sent), (3, 0, 3));
		assert!(report.bytes_sent > 1_500_000);
		assert_eq!(*CALLS.lock().unwrap(), ["stage 3"]);
	}

	#[tokio::test]
	async fn a_node_that_does_not_say_whether_it_has_all_is_asked() {
		static CALLS: Mutex<Vec<String>> = Mutex::new(Vec::new());
		let answers: Answers = |method, params| taking(&CALLS, json!({}), method, params);
		let (_folder, client) = connected(answers).await;
		assert_eq!(sent(&client, true).await.sent, 3);
		// An earlier run has sent all of it.
		let report = sent(&client, false).await;
		assert_eq!((report.resumed, report.sent), (3, 0));
		assert_eq!(*CALLS.lock().unwrap(), ["stage 3", "missing", "missing"]);
	}

	#[tokio::test]
	async fn a_node_does_not_choose_when_a_ticket_expires() {
		let answers: Answers = |method, params| match method {
			// The year 2100.
			"state_getStorage" => {
				format!("0x{}", hex::encode(4_102_444_800_000u64.encode())).into()
			}
			_ => last_final().answer(method, params),
		};
		let (_folder, client) = connected(answers).await;
		let (signer, root) = (Signer::generate().unwrap(), Cid::of(salus_ipfs::Codec::Raw, b"x"));
		let signed = client.staging_ticket(&signer, root, 1, TICKET_LIFETIME).await.unwrap();
		let lifetime = TICKET_LIFETIME.as_millis() as Moment;
		assert_eq!(signed.ticket.expires, CLOCK + lifetime);
	}

	#[test]
	fn a_foreign_block_and_a_changed_envelope_are_refused() {
		let (_folder, sealed, mut bytes) = sealed(2_500_000);
		let foreign = Cid::of(salus_ipfs::Codec::Raw, b"foreign");
		assert!(matches!(sealed.read(&[foreign]), Err(Error::ForeignBlock(_))));
		bytes[1_500_000] ^= 1;
		std::fs::write(&sealed.path, bytes).unwrap();
		let second = sealed.dag.leaves[1].cid;
		assert!(matches!(sealed.read(&[second]), Err(Error::Journal(JournalError::Io { .. }))));
	}
}
