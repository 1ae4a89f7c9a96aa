//! The reads over the runtime API of a client.

use std::sync::Arc;

use salus_primitives::{
	api::SalusApi, AttestationStatus, CaseId, Category, ConsentDetails, Dealing, Decision,
	EmergencyCase, Epoch, EpochInfo, Explanation, KeyAgreementKey, LogPage, MemberIndex,
	MemberInfo, OrganisationId, OrganisationInfo, Page, Question, Recipient, RecipientKey,
	RecordDetails, RecordId, RecoveryAttempt, RecoveryPolicy, Release, ReleaseDetails,
	ReplicationStatus, RequestId, RootUse, SealedKey, StorageClaim, StoragePeer, StorageStatus,
	Subject, UnderReplicatedVersion, ValidatorSet, Version, Wrap,
};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sp_api::{ApiError, ApiExt, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;

use super::{NodePeer, ReadsApiServer};
use crate::{
	ipfs::members::peer_id,
	rpc::{
		error::{Kind, Refusal},
		ticket,
	},
};

/// Reads over a client.
pub struct Reads<C> {
	client: Arc<C>,
}

impl<C> Reads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block>,
{
	/// Creates the reads over a client.
	pub fn new(client: Arc<C>) -> Self {
		Self { client }
	}

	/// Queries the runtime at a block that this node has.
	fn ask<T>(
		&self,
		at: Option<Hash>,
		question: impl FnOnce(ApiRef<'_, C::Api>, Hash) -> Result<T, ApiError>,
	) -> Result<T, Refusal> {
		let at = match at {
			None => self.client.info().best_hash,
			Some(hash) => match self.client.header(hash) {
				Ok(Some(_)) => hash,
				Ok(None) => {
					return Err(Refusal::new(
						Kind::UnknownState,
						format!(
							"this node's chain has no block with the hash {hash:?}; leave `at` out, \
							 or wait until the node is in sync"
						),
					))
				}
				Err(error) => {
					return Err(Refusal::new(
						Kind::ChainUnreadable,
						format!("cannot look up the block {hash:?}: {error}; try again"),
					))
				}
			},
		};
		Ok(question(self.client.runtime_api(), at)?)
	}
}

/// Returns the version of [`SalusApi`] that the chain's runtime has. For a while before each
/// upgrade, the node's is newer.
fn version(api: &impl ApiExt<Block>, at: Hash) -> Result<u32, ApiError> {
	Ok(api.api_version::<dyn SalusApi<Block, AccountId>>(at)?.unwrap_or_default())
}

impl<C> ReadsApiServer for Reads<C>
where
	C: ProvideRuntimeApi<Block> + HeaderBackend<Block> + Send + Sync + 'static,
	C::Api: SalusApi<Block, AccountId>,
{
	fn organisation(
		&self,
		id: OrganisationId,
		at: Option<Hash>,
	) -> Result<Option<OrganisationInfo<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.organisation(at, id))
	}

	fn organisations(
		&self,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Page<OrganisationInfo<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.organisations(at, from, limit))
	}

	fn memberships(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> Result<Vec<MemberInfo>, Refusal> {
		self.ask(at, |api, at| api.memberships(at, account))
	}

	fn key(
		&self,
		recipient: Recipient<AccountId>,
		at: Option<Hash>,
	) -> Result<Option<KeyAgreementKey>, Refusal> {
		self.ask(at, |api, at| api.key(at, recipient))
	}

	fn organisation_key_share(
		&self,
		organisation: OrganisationId,
		account: AccountId,
		at: Option<Hash>,
	) -> Result<Option<Wrap>, Refusal> {
		self.ask(at, |api, at| api.organisation_key_share(at, organisation, account))
	}

	fn record(
		&self,
		id: RecordId,
		at: Option<Hash>,
	) -> Result<Option<RecordDetails<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.record(at, id))
	}

	fn records_of(
		&self,
		patient: AccountId,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Page<RecordDetails<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.records_of(at, patient, from, limit))
	}

	fn root(&self, cid: String, at: Option<Hash>) -> Result<Option<RootUse>, Refusal> {
		let cid = salus_primitives::Cid(ticket::parse_cid(&cid)?.to_bytes());
		self.ask(at, |api, at| api.root(at, cid))
	}

	fn wraps(
		&self,
		record: RecordId,
		version: Version,
		at: Option<Hash>,
	) -> Result<Vec<(Recipient<AccountId>, Wrap)>, Refusal> {
		self.ask(at, |api, at| api.wraps(at, record, version))
	}

	fn wrap(
		&self,
		record: RecordId,
		version: Version,
		recipient: Recipient<AccountId>,
		at: Option<Hash>,
	) -> Result<Option<Wrap>, Refusal> {
		self.ask(at, |api, at| api.wrap(at, record, version, recipient))
	}

	fn consent_of(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<ConsentDetails<AccountId>, Refusal> {
		self.ask(at, |api, at| api.consent_of(at, patient))
	}

	fn standing_recipients(
		&self,
		patient: AccountId,
		category: Category,
		record: Option<RecordId>,
		at: Option<Hash>,
	) -> Result<Vec<RecipientKey<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.standing_recipients(at, patient, category, record))
	}

	fn may_write(
		&self,
		author: AccountId,
		organisation: OrganisationId,
		patient: AccountId,
		category: Category,
		at: Option<Hash>,
	) -> Result<bool, Refusal> {
		self.ask(at, |api, at| api.may_write(at, author, organisation, patient, category))
	}

	fn decide(&self, question: Question<AccountId>, at: Option<Hash>) -> Result<Decision, Refusal> {
		self.ask(at, |api, at| api.decide(at, question))
	}

	fn explain(
		&self,
		question: Question<AccountId>,
		at: Option<Hash>,
	) -> Result<Explanation, Refusal> {
		self.ask(at, |api, at| api.explain(at, question))
	}

	fn attestations(
		&self,
		subject: Subject<AccountId>,
		at: Option<Hash>,
	) -> Result<AttestationStatus<AccountId>, Refusal> {
		self.ask(at, |api, at| api.attestations(at, subject))
	}

	fn access_log(
		&self,
		patient: AccountId,
		from: u32,
		limit: u32,
		at: Option<Hash>,
	) -> Result<LogPage<AccountId>, Refusal> {
		self.ask(at, |api, at| api.access_log(at, patient, from, limit))
	}

	fn release(
		&self,
		request: RequestId,
		at: Option<Hash>,
	) -> Result<Option<ReleaseDetails<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.release(at, request))
	}

	fn open_releases(
		&self,
		from: RequestId,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<Release<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.open_releases(at, from, limit))
	}

	fn release_stands(&self, request: RequestId, at: Option<Hash>) -> Result<bool, Refusal> {
		self.ask(at, |api, at| api.release_stands(at, request))
	}

	fn emergency(
		&self,
		case: CaseId,
		at: Option<Hash>,
	) -> Result<Option<EmergencyCase<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.emergency(at, case))
	}

	fn emergencies_of(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<Vec<(CaseId, EmergencyCase<AccountId>)>, Refusal> {
		self.ask(at, |api, at| api.emergencies_of(at, patient))
	}

	fn reviews_due(
		&self,
		organisation: OrganisationId,
		at: Option<Hash>,
	) -> Result<Vec<(CaseId, EmergencyCase<AccountId>)>, Refusal> {
		self.ask(at, |api, at| api.reviews_due(at, organisation))
	}

	fn sealed_key(
		&self,
		record: RecordId,
		version: Version,
		at: Option<Hash>,
	) -> Result<Option<SealedKey>, Refusal> {
		self.ask(at, |api, at| api.sealed_key(at, record, version))
	}

	fn active_epoch(&self, at: Option<Hash>) -> Result<Option<Epoch>, Refusal> {
		self.ask(at, |api, at| api.active_epoch(at))
	}

	fn current_epoch(&self, at: Option<Hash>) -> Result<Epoch, Refusal> {
		self.ask(at, |api, at| api.current_epoch(at))
	}

	fn epoch(&self, epoch: Epoch, at: Option<Hash>) -> Result<Option<EpochInfo>, Refusal> {
		self.ask(at, |api, at| api.epoch(at, epoch))
	}

	fn dealings(
		&self,
		epoch: Epoch,
		at: Option<Hash>,
	) -> Result<Vec<(MemberIndex, Dealing)>, Refusal> {
		self.ask(at, |api, at| api.dealings(at, epoch))
	}

	fn recovery_attempt(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<Option<RecoveryAttempt<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.recovery_attempt(at, patient))
	}

	fn recovery_policy(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<RecoveryPolicy, Refusal> {
		self.ask(at, |api, at| api.recovery_policy(at, patient))
	}

	fn successor(
		&self,
		patient: AccountId,
		at: Option<Hash>,
	) -> Result<Option<AccountId>, Refusal> {
		self.ask(at, |api, at| api.successor(at, patient))
	}

	fn acts_for(&self, account: AccountId, at: Option<Hash>) -> Result<Option<AccountId>, Refusal> {
		self.ask(at, |api, at| api.acts_for(at, account))
	}

	fn validators(&self, at: Option<Hash>) -> Result<ValidatorSet<AccountId>, Refusal> {
		self.ask(at, |api, at| match version(&*api, at)? {
			#[allow(deprecated, reason = "a chain that was not upgraded yet has no other")]
			0 | 1 => Ok(api.validators_before_version_2(at)?.into()),
			_ => api.validators(at),
		})
	}

	fn log_entries(&self, at: Option<Hash>) -> Result<Option<u64>, Refusal> {
		self.ask(at, |api, at| match version(&*api, at)? {
			0 | 1 => Ok(None),
			_ => api.log_entries(at).map(Some),
		})
	}

	fn outdated_storage(&self, at: Option<Hash>) -> Result<Option<Vec<String>>, Refusal> {
		self.ask(at, |api, at| match version(&*api, at)? {
			0 | 1 => Ok(None),
			_ => api.outdated_storage(at).map(Some),
		})
	}

	fn storage_status(&self, at: Option<Hash>) -> Result<StorageStatus, Refusal> {
		self.ask(at, |api, at| api.storage_status(at))
	}

	fn replication(&self, at: Option<Hash>) -> Result<ReplicationStatus<AccountId>, Refusal> {
		self.ask(at, |api, at| api.replication(at))
	}

	fn storage_peers(&self, at: Option<Hash>) -> Result<Option<Vec<NodePeer>>, Refusal> {
		let peers = self.ask(at, |api, at| match version(&*api, at)? {
			0 | 1 => Ok(None),
			_ => api.storage_peers(at).map(Some),
		})?;
		let named = |one: StoragePeer<AccountId>| NodePeer {
			node: one.node,
			peer: peer_id(&one.peer).map(|peer| peer.to_string()),
		};
		Ok(peers.map(|peers| peers.into_iter().map(named).collect()))
	}

	fn under_replicated(
		&self,
		after: Option<(u32, RecordId, Version)>,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<UnderReplicatedVersion<AccountId>>, Refusal> {
		self.ask(at, |api, at| api.under_replicated(at, after, limit))
	}

	fn holdings(
		&self,
		node: AccountId,
		after: Option<(RecordId, Version)>,
		limit: u32,
		at: Option<Hash>,
	) -> Result<Vec<StorageClaim>, Refusal> {
		self.ask(at, |api, at| api.holdings(at, node, after, limit))
	}

	fn may_stage(
		&self,
		account: AccountId,
		at: Option<Hash>,
	) -> Result<Option<OrganisationId>, Refusal> {
		self.ask(at, |api, at| api.may_stage(at, account))
	}
}
