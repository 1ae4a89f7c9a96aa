//! The chain of a running node, as seen by the worker.

use std::sync::Arc;

use async_trait::async_trait;
use codec::{DecodeAll, Encode};
use pallet_access::RequestCount;
use pallet_committee::{Call, CommitteeSignature};
use salus_primitives::{
	api::SalusApi, Dealing, Epoch, EpochInfo, EpochKey, Hash32, MemberIndex, RecordId, Release,
	ReleaseDetails, RequestId, SealedKey, SealedVersions, Version,
};
use salus_runtime::{signing, Runtime, RuntimeCall, UncheckedExtrinsic};
use sc_client_api::{StorageKey, StorageProvider};
use sc_network_sync::SyncingService;
use sc_transaction_pool_api::{error::Error as PoolError, error::IntoPoolError, TransactionPool};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus::SyncOracle;
use sp_core::sr25519;
use sp_runtime::{
	generic::Era,
	transaction_validity::{InvalidTransaction, TransactionSource},
	AccountId32, OpaqueExtrinsic,
};

use super::chain::{At, Chain, ChainError, Party, Said};
use crate::{FullClient, FullPool};
use salus_runtime::opaque::Block;

/// First version of the runtime API whose epochs take over keys.
const KEYS_HANDED_ON: u32 = 3;

/// First version of the runtime API that counts the versions sealed to each key.
const SEALS_COUNTED: u32 = 3;

/// Client, pool and network view of a node.
pub struct NodeChain {
	client: Arc<FullClient>,
	pool: Arc<FullPool>,
	sync: Arc<SyncingService<Block>>,
	genesis: Hash32,
}

impl NodeChain {
	/// Combines the parts of a node.
	pub fn new(
		client: Arc<FullClient>,
		pool: Arc<FullPool>,
		sync: Arc<SyncingService<Block>>,
	) -> Self {
		let genesis = client.info().genesis_hash.0;
		Self { client, pool, sync, genesis }
	}
}

pub(super) fn transaction(said: Said, signature: [u8; 64]) -> UncheckedExtrinsic {
	let signature: CommitteeSignature = sr25519::Signature::from_raw(signature).into();
	let call: Call<Runtime> = match said {
		Said::Announce { epoch, index, key } => Call::announce { epoch, index, key, signature },
		Said::Deal { epoch, index, dealing } => Call::deal { epoch, index, dealing, signature },
		Said::Confirm { epoch, index, excluded, public } => {
			Call::confirm { epoch, index, excluded, public, signature }
		}
		Said::Share { request, epoch, index, share } => {
			Call::submit_share { request, epoch, index, share, signature }
		}
		Said::Rejoin { epoch, index } => Call::rejoin { epoch, index, signature },
	};
	// No nonce and no fee: the call authorises itself.
	UncheckedExtrinsic::new_transaction(
		RuntimeCall::Committee(call),
		signing::extension(0, Era::Immortal, 0),
	)
}

/// Returns whether the pool refuses a repeated statement, which is already waiting or in a block.
fn was_said(error: &PoolError) -> bool {
	matches!(
		error,
		PoolError::AlreadyImported(_)
			| PoolError::TooLowPriority { .. }
			| PoolError::InvalidTransaction(InvalidTransaction::Stale)
	)
}

#[async_trait]
impl Chain for NodeChain {
	fn genesis(&self) -> Hash32 {
		self.genesis
	}

	fn finalised(&self) -> At {
		let info = self.client.info();
		At { hash: info.finalized_hash, number: info.finalized_number }
	}

	fn is_behind(&self) -> bool {
		self.sync.is_major_syncing()
	}

	fn current_epoch(&self, at: At) -> Result<Epoch, ChainError> {
		Ok(self.client.runtime_api().current_epoch(at.hash)?)
	}

	fn epoch(&self, at: At, epoch: Epoch) -> Result<Option<EpochInfo>, ChainError> {
		Ok(self.client.runtime_api().epoch(at.hash, epoch)?)
	}

	fn epoch_key(&self, at: At, epoch: Epoch) -> Result<Option<EpochKey>, ChainError> {
		let api = self.client.runtime_api();
		let version = api.api_version::<dyn SalusApi<Block, AccountId32>>(at.hash)?;
		match version.is_some_and(|version| version >= KEYS_HANDED_ON) {
			true => Ok(api.epoch_key(at.hash, epoch)?),
			false => Ok(None),
		}
	}

	fn sealed_versions(&self, at: At) -> Result<Option<Vec<SealedVersions>>, ChainError> {
		let api = self.client.runtime_api();
		let version = api.api_version::<dyn SalusApi<Block, AccountId32>>(at.hash)?;
		match version.is_some_and(|version| version >= SEALS_COUNTED) {
			true => Ok(api.sealed_versions(at.hash)?),
			false => Ok(None),
		}
	}

	fn dealings(&self, at: At, epoch: Epoch) -> Result<Vec<(MemberIndex, Dealing)>, ChainError> {
		Ok(self.client.runtime_api().dealings(at.hash, epoch)?)
	}

	fn last_request(&self, at: At) -> Result<Option<RequestId>, ChainError> {
		let key = StorageKey(RequestCount::<Runtime>::hashed_key().to_vec());
		let count = self.client.storage(at.hash, &key)?;
		// A later runtime may keep it elsewhere, or in another form.
		Ok(count.and_then(|count| RequestId::decode_all(&mut &count.0[..]).ok()))
	}

	fn party(&self, at: At, reader: &AccountId32) -> Result<Party, ChainError> {
		let memberships = self.client.runtime_api().memberships(at.hash, reader.clone())?;
		Ok(Party::of(&memberships))
	}

	fn open_releases(
		&self,
		at: At,
		from: RequestId,
		limit: u32,
	) -> Result<Vec<Release<AccountId32>>, ChainError> {
		let api = self.client.runtime_api();
		Ok(api.open_releases(at.hash, from, limit)?)
	}

	fn release(
		&self,
		at: At,
		request: RequestId,
	) -> Result<Option<ReleaseDetails<AccountId32>>, ChainError> {
		Ok(self.client.runtime_api().release(at.hash, request)?)
	}

	fn release_stands(&self, at: At, request: RequestId) -> Result<bool, ChainError> {
		Ok(self.client.runtime_api().release_stands(at.hash, request)?)
	}

	fn sealed_key(
		&self,
		at: At,
		record: RecordId,
		version: Version,
	) -> Result<Option<SealedKey>, ChainError> {
		let api = self.client.runtime_api();
		Ok(api.sealed_key(at.hash, record, version)?)
	}

	async fn say(&self, said: Said, signature: [u8; 64]) -> Result<(), ChainError> {
		let bytes = transaction(said, signature).encode();
		let extrinsic = OpaqueExtrinsic::try_from_encoded_extrinsic(&bytes)?;
		let best = self.client.info().best_hash;
		let submitted = self.pool.submit_one(best, TransactionSource::Local, extrinsic).await;
		match submitted.map_err(IntoPoolError::into_pool_error) {
			Ok(_) => Ok(()),
			Err(Ok(error)) if was_said(&error) => Ok(()),
			Err(Ok(error)) => Err(error.into()),
			Err(Err(error)) => Err(error.into()),
		}
	}
}
