//! Methods that stage ciphertext by ticket.

use std::sync::Arc;

use base64::{engine::general_purpose::STANDARD as BASE64, Engine};
use jsonrpsee::proc_macros::rpc;
use salus_ipfs::{
	staging::{Begun, Upload},
	Cid,
};
use salus_primitives::{api::SalusApi, Hash32, Moment, OrganisationId};
use salus_runtime::{opaque::Block, AccountId};
use serde::{Deserialize, Serialize};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;

use super::{
	error::{Kind, RpcError},
	ticket::{self, Admission, Ticket},
};
use crate::{clock::now_ms, ipfs::Ipfs};

/// Maximum number of blocks that one call stages.
pub const MAX_BLOCKS: usize = 8;

/// Maximum number of bytes that one call stages, decoded.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Maximum number of missing blocks that one call names.
pub const MAX_MISSING: u32 = 1024;

/// Block in the form of JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockData {
	/// Text form of the block's CID.
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
	/// Blocks staged and missing so far.
	#[serde(flatten)]
	pub progress: Progress,
	/// Blocks to send next, parents before children.
	pub blocks: Vec<salus_primitives::Cid>,
}

/// Status of an upload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadStatus {
	/// Blocks staged and missing so far.
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

/// Methods that stage ciphertext by ticket.
#[rpc(server, namespace = "salus")]
pub trait UploadsApi {
	/// Opens or resumes an upload, and returns the blocks to send next.
	#[method(name = "missingBlocks", blocking)]
	fn missing_blocks(&self, ticket: Ticket, limit: u32) -> Result<Missing, RpcError>;

	/// Takes blocks of an upload. On return they are safely on disk.
	#[method(name = "stageBlocks", blocking)]
	fn stage_blocks(&self, ticket: Ticket, blocks: Vec<BlockData>) -> Result<Progress, RpcError>;

	/// Returns the status of an upload, or `None` if no upload of this root is open.
	#[method(name = "uploadStatus", blocking)]
	fn upload_status(&self, root: String) -> Result<Option<UploadStatus>, RpcError>;
}

/// Uploads over a client and the node's IPFS side.
pub struct Uploads<C> {
	client: Arc<C>,
	ipfs: Arc<Ipfs>,
	genesis: Hash32,
}

impl<C: HeaderBackend<Block>> Uploads<C> {
	/// Creates the methods.
	pub fn new(client: Arc<C>, ipfs: Arc<Ipfs>) -> Self {
		let genesis = client.info().genesis_hash.into();
		Self { client, ipfs, genesis }
	}
}

impl<C> Uploads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
	C::Api: SalusApi<Block, AccountId>,
{
	/// Checks the ticket, and opens or resumes its upload.
	fn admit(&self, ticket: Ticket) -> Result<Admission, RpcError> {
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

	fn progress(&self, root: &Cid, size: u64) -> Result<Progress, RpcError> {
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
fn decode(blocks: Vec<BlockData>) -> Result<Vec<(Cid, Vec<u8>)>, RpcError> {
	let too_large = |what: String| {
		RpcError::new(
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
				RpcError::new(
					Kind::DataMalformed,
					format!("the data of block {cid} is not base64 with padding ({error}); encode it again"),
				)
				.about(cid)
			})?;
			Ok((cid, data))
		})
		.collect()
}

impl<C> UploadsApiServer for Uploads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	fn missing_blocks(&self, ticket: Ticket, limit: u32) -> Result<Missing, RpcError> {
		let Admission { root, size, .. } = self.admit(ticket)?;
		let limit = limit.min(MAX_MISSING) as usize;
		let blocks = self.ipfs.staging().missing(&root, limit)?;
		let progress = self.progress(&root, size)?;
		if progress.complete {
			// The upload may have become complete by blocks that it shares with other uploads.
			self.ipfs.publish_uploads();
		}
		let blocks = blocks.iter().map(|cid| salus_primitives::Cid(cid.to_bytes())).collect();
		Ok(Missing { progress, blocks })
	}

	fn stage_blocks(&self, ticket: Ticket, blocks: Vec<BlockData>) -> Result<Progress, RpcError> {
		let blocks = decode(blocks)?;
		let Admission { root, size, .. } = self.admit(ticket)?;
		for (cid, data) in &blocks {
			self.ipfs
				.staging()
				.put(&root, cid, data)
				.map_err(|error| RpcError::from(error).about(cid))?;
		}
		let progress = self.progress(&root, size)?;
		if progress.complete {
			self.ipfs.publish_uploads();
		}
		Ok(progress)
	}

	fn upload_status(&self, root: String) -> Result<Option<UploadStatus>, RpcError> {
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
}
