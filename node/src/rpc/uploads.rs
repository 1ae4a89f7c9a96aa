//! Methods that move ciphertext: staging by ticket, and single blocks.

use std::{
	hash::{DefaultHasher, Hash, Hasher},
	sync::Arc,
};

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use codec::Encode;
use jsonrpsee::{core::async_trait, proc_macros::rpc, Extensions};
use salus_ipfs::{
	fetch::BlockSource,
	staging::{Begun, Limits, Upload},
	Cid, MAX_BLOCK, MAX_LEAF,
};
use salus_primitives::{
	api::SalusApi,
	node::{IpfsInfo, LimitsInfo, NodeInfo, StagingInfo},
	Hash32, Moment, OrganisationId,
};
use salus_runtime::{opaque::Block, AccountId};
use sc_network::service::traits::NetworkService;
use serde::{Deserialize, Serialize};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::{
	error::{Kind, Refusal},
	remote::{self, Remote},
	serve::in_turn,
	ticket::{self, Admission, Ticket},
	turns::Turns,
};
use crate::{
	clock::now_ms,
	ipfs::{Ipfs, Mode},
};

/// Maximum number of blocks that one call stages.
pub const MAX_BLOCKS: usize = 8;

/// Maximum number of bytes that one call stages, decoded.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Maximum number of missing blocks that one call names.
pub const MAX_MISSING: u32 = 1024;

/// Maximum number of this node's blocks that are read at a time for clients, and for one of them.
/// Each is in memory before it counts for its connection.
const LOOKUPS: usize = 32;
const LOOKUPS_PER_CONNECTION: usize = 4;

/// Block in the form of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockData {
	/// CID.
	pub cid: String,
	/// Bytes in base64 (RFC 4648, with padding).
	pub data: String,
}

/// Progress of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
	/// Root of the upload.
	pub root: salus_primitives::Cid,
	/// Length of the file, in bytes.
	pub size: u64,
	/// Number of staged blocks.
	pub staged: u32,
	/// Number of blocks known to be missing. More become known as their parents arrive.
	pub missing: u32,
	/// Whether every block is staged.
	pub complete: bool,
}

/// Progress of an upload, and its missing blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
	/// Progress.
	#[serde(flatten)]
	pub progress: Progress,
	/// Blocks to send next, parents before children.
	pub blocks: Vec<salus_primitives::Cid>,
}

/// Status of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadStatus {
	/// Progress.
	#[serde(flatten)]
	pub progress: Progress,
	/// Time at which it was opened, in milliseconds since 1970.
	pub created: Moment,
	/// Expiry of its ticket, in milliseconds since 1970. If its root is not registered, the upload
	/// is removed some time later.
	pub expires: Moment,
	/// Organisation that is charged for it.
	pub organisation: Option<OrganisationId>,
}

/// Returns the limits of uploads, as clients see them.
fn limits_info(limits: &Limits) -> LimitsInfo {
	LimitsInfo {
		blocks_per_call: MAX_BLOCKS as u32,
		bytes_per_call: MAX_BYTES as u64,
		leaf_bytes: MAX_LEAF as u64,
		block_bytes: MAX_BLOCK as u64,
		missing_per_call: MAX_MISSING,
		ticket_lifetime: ticket::MAX_LIFETIME_MS,
		upload_bytes: limits.upload_bytes,
		organisation_bytes: limits.organisation_bytes,
		total_bytes: limits.total_bytes,
		uploads: limits.uploads as u64,
	}
}

/// Methods about ciphertext and this node.
#[rpc(server, namespace = "salus")]
pub trait UploadsApi {
	/// Returns the properties and limits of this node.
	#[method(name = "nodeInfo", blocking)]
	fn node_info(&self) -> Result<NodeInfo<AccountId>, Refusal>;

	/// Opens or resumes an upload, and returns the blocks to send next.
	#[method(name = "missingBlocks", blocking)]
	fn missing_blocks(&self, ticket: Ticket, limit: u32) -> Result<Missing, Refusal>;

	/// Takes blocks of an upload. On return they are safely on disk.
	#[method(name = "stageBlocks", blocking)]
	fn stage_blocks(&self, ticket: Ticket, blocks: Vec<BlockData>) -> Result<Progress, Refusal>;

	/// Returns the status of an upload, or `None` if no upload of this root is open.
	#[method(name = "uploadStatus", blocking)]
	fn upload_status(&self, root: String) -> Result<Option<UploadStatus>, Refusal>;

	/// Returns a block in base64, or `None` if nobody has it. The node looks in its own store (or
	/// its Kubo), then asks other nodes, unless `local` is true. It asks others only for roots that
	/// a storage node holds on the chain, and for blocks that a block served before links to.
	#[method(name = "getBlock", with_extensions)]
	async fn get_block(&self, cid: String, local: Option<bool>) -> Result<Option<String>, Refusal>;
}

/// Methods over a client, the node's IPFS side and its network.
pub struct Uploads<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	network: Option<Arc<dyn NetworkService>>,
	others: Option<Remote>,
	lookups: Turns,
	genesis: Hash32,
}

impl<C: HeaderBackend<Block>> Uploads<C> {
	/// Creates the methods. Without a network, `nodeInfo` names no addresses. Without other nodes,
	/// `getBlock` reads only this node's blocks.
	pub fn new(
		client: Arc<C>,
		ipfs: Arc<Ipfs>,
		network: Option<Arc<dyn NetworkService>>,
		others: Option<Arc<dyn BlockSource>>,
	) -> Self {
		let genesis = client.info().genesis_hash.into();
		let lookups = Turns::new(LOOKUPS, LOOKUPS_PER_CONNECTION);
		Self { client, ipfs, network, others: others.map(Remote::new), lookups, genesis }
	}
}

impl<C> Uploads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Checks the ticket, and opens or resumes its upload.
	fn admit(&self, ticket: Ticket) -> Result<Admission, Refusal> {
		let now = now_ms();
		let admission = ticket.check(&self.genesis, now, |account| {
			let best = self.client.info().best_hash;
			Ok(self.client.runtime_api().may_stage(best, account.clone())?)
		})?;
		let begun = self.ipfs.staging().begin_or_resume(Upload {
			root: admission.root,
			size: admission.size,
			owner: admission.account.clone().into(),
			organisation: Some(admission.organisation),
			expires_ms: admission.expires,
			created_ms: now,
		})?;
		if begun == Begun::New {
			log::debug!(
				target: "salus::rpc",
				"{} opened upload {} of {} bytes",
				admission.account,
				admission.root,
				admission.size,
			);
		}
		Ok(admission)
	}

	/// Requests a block that this node does not have from other nodes.
	async fn request_from_others(
		&self,
		others: &Remote,
		extensions: &Extensions,
		cid: Cid,
	) -> Result<Option<Vec<u8>>, Refusal> {
		if others.is_missed_lately(&cid) {
			return Ok(None);
		}
		let connection = remote::connection(extensions);
		let holders = match others.is_known(connection, &cid) {
			true => None,
			false => {
				match in_turn(extensions, || self.holders(&cid)).await.transpose()?.flatten() {
					// Nobody holds it, or the connection has ended.
					None => return Ok(None),
					holders => holders,
				}
			}
		};
		Ok(others.ask(connection, cid, holders).await)
	}

	/// Returns a digest of the storage nodes that hold a root on the chain. It changes when they
	/// change. `None` if no node holds it.
	fn holders(&self, root: &Cid) -> Result<Option<u64>, Refusal> {
		let best = self.client.info().best_hash;
		let api = self.client.runtime_api();
		let Some(used) = api.root(best, salus_primitives::Cid(root.to_bytes()))? else {
			return Ok(None);
		};
		let versions = api.record(best, used.record)?.map(|record| record.versions);
		let mut versions = versions.into_iter().flatten();
		let version = versions.find(|details| details.version == used.version);
		let replicas = version.map(|details| details.replicas).unwrap_or_default();
		if replicas.is_empty() {
			return Ok(None);
		}
		let mut hasher = DefaultHasher::new();
		replicas.encode().hash(&mut hasher);
		Ok(Some(hasher.finish()))
	}

	fn progress(&self, root: &Cid, size: u64) -> Result<Progress, Refusal> {
		let progress = self.ipfs.staging().progress(root)?;
		Ok(Progress {
			root: salus_primitives::Cid(root.to_bytes()),
			size,
			staged: progress.staged as u32,
			missing: progress.missing as u32,
			complete: progress.missing == 0,
		})
	}
}

/// Decodes the blocks of a call, within its limits.
fn decode(blocks: Vec<BlockData>) -> Result<Vec<(Cid, Vec<u8>)>, Refusal> {
	let too_large = |what: String| {
		Refusal::new(
			Kind::CallTooLarge,
			format!("{what}; send at most {MAX_BLOCKS} blocks with {MAX_BYTES} bytes in one call"),
		)
	};
	if blocks.len() > MAX_BLOCKS {
		return Err(too_large(format!("{} blocks in one call", blocks.len())));
	}
	let bytes: usize = blocks.iter().map(|block| block.data.len() / 4 * 3).sum();
	// Padding counts as up to two bytes too many.
	if bytes > MAX_BYTES + 2 * MAX_BLOCKS {
		return Err(too_large(format!("about {bytes} bytes in one call")));
	}
	blocks
		.into_iter()
		.map(|block| {
			let cid = ticket::parse_cid(&block.cid)?;
			let data = BASE64.decode(block.data).map_err(|error| {
				Refusal::new(
					Kind::DataMalformed,
					format!("the data of block {cid} is not base64 with padding ({error}); encode it again"),
				)
				.about(cid)
			})?;
			Ok((cid, data))
		})
		.collect()
}

#[async_trait]
impl<C> UploadsApiServer for Uploads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	fn node_info(&self) -> Result<NodeInfo<AccountId>, Refusal> {
		let staging = self.ipfs.staging();
		let store = self.ipfs.store();
		let peer_id = self.network.as_ref().map(|network| network.local_peer_id().to_string());
		let multiaddrs = self.network.iter().flat_map(|network| {
			let addresses = [network.external_addresses(), network.listen_addresses()].concat();
			addresses.into_iter().map(|address| address.to_string())
		});
		let multiaddrs = with_peer_id(multiaddrs, peer_id.as_deref());
		let mode = match self.ipfs.mode() {
			Mode::Embedded => "embedded",
			Mode::Kubo(_) => "kubo",
		};
		Ok(NodeInfo {
			version: env!("CARGO_PKG_VERSION").into(),
			genesis: self.genesis,
			storage_account: self.ipfs.storage_account().clone(),
			peer_id,
			multiaddrs,
			ipfs: IpfsInfo {
				mode: mode.into(),
				url: self.ipfs.endpoints().ipfs.clone(),
				blocks: store.map(|store| store.len()),
				bytes: store.map(|store| store.total_size()),
			},
			limits: limits_info(staging.limits()),
			staging: StagingInfo {
				used: staging.used(),
				stored: staging.stored_bytes(),
				uploads: staging.list().len() as u64,
			},
			damaged: self.ipfs.damaged(),
		})
	}

	fn missing_blocks(&self, ticket: Ticket, limit: u32) -> Result<Missing, Refusal> {
		let Admission { root, size, .. } = self.admit(ticket)?;
		let limit = limit.min(MAX_MISSING) as usize;
		let blocks = self.ipfs.staging().missing(&root, limit)?;
		let progress = self.progress(&root, size)?;
		if progress.complete {
			// It may have become complete by blocks that it shares with other uploads.
			self.ipfs.publish_uploads();
		}
		let blocks = blocks.iter().map(|cid| salus_primitives::Cid(cid.to_bytes())).collect();
		Ok(Missing { progress, blocks })
	}

	fn stage_blocks(&self, ticket: Ticket, blocks: Vec<BlockData>) -> Result<Progress, Refusal> {
		let blocks = decode(blocks)?;
		let Admission { root, size, .. } = self.admit(ticket)?;
		for (cid, data) in &blocks {
			self.ipfs
				.staging()
				.put(&root, cid, data)
				.map_err(|error| Refusal::from(error).about(cid))?;
		}
		let progress = self.progress(&root, size)?;
		if progress.complete {
			self.ipfs.publish_uploads();
		}
		Ok(progress)
	}

	fn upload_status(&self, root: String) -> Result<Option<UploadStatus>, Refusal> {
		let root = ticket::parse_cid(&root)?;
		let Some(upload) = self.ipfs.staging().upload(&root) else {
			return Ok(None);
		};
		Ok(Some(UploadStatus {
			progress: self.progress(&root, upload.size)?,
			created: upload.created_ms,
			expires: upload.expires_ms,
			organisation: upload.organisation,
		}))
	}

	async fn get_block(
		&self,
		extensions: &Extensions,
		cid: String,
		local: Option<bool>,
	) -> Result<Option<String>, Refusal> {
		let cid = ticket::parse_cid(&cid)?;
		let connection = remote::connection(extensions);
		let turn = self.lookups.acquire(connection).await;
		let own = self.ipfs.block(cid).await;
		drop(turn);
		let own = own.map_err(|error| Refusal::from(error).about(cid))?;
		let others = self.others.as_ref();
		let block = match (own, others) {
			(None, Some(others)) if local != Some(true) => {
				self.request_from_others(others, extensions, cid).await?
			}
			(own, _) => own,
		};
		if let (Some(block), Some(others)) = (&block, others) {
			others.learn(connection, &cid, block);
		}
		Ok(block.map(|data| BASE64.encode(data)))
	}
}

/// Returns the addresses as `ipfs swarm connect` takes them, without duplicates.
fn with_peer_id(addresses: impl Iterator<Item = String>, peer_id: Option<&str>) -> Vec<String> {
	let mut complete: Vec<String> = Vec::new();
	for address in addresses {
		let address = match peer_id {
			Some(peer_id) if !address.contains("/p2p/") => format!("{address}/p2p/{peer_id}"),
			_ => address,
		};
		if !complete.contains(&address) {
			complete.push(address);
		}
	}
	complete
}
