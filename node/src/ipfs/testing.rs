//! A chain and a node's IPFS side for tests, without a runtime or a network.

use std::{
	collections::{HashMap, HashSet},
	path::Path,
	sync::Arc,
};

use parking_lot::Mutex;
use salus_ipfs::{staging::Limits, Cid};
use salus_primitives::{
	api::SalusApi, Category, Confidentiality, Content, OrganisationId, Record, RecordDetails,
	RecordEntry, RecordId, Replica, RootUse, VersionDetails, VersionInfo, VersionState,
};
use salus_runtime::{opaque::Block, AccountId, BlockNumber, Hash, Header};
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::{BlockStatus, HeaderBackend, Info};
use sp_core::offchain::storage::InMemOffchainStorage;
use sp_runtime::traits::Header as _;

use super::{notes::Notes, *};

/// Hashes of the blocks that the chain of the tests has.
pub const GENESIS: Hash = Hash::repeat_byte(7);
pub const FINALISED: Hash = Hash::repeat_byte(8);
pub const BEST: Hash = Hash::repeat_byte(9);

/// What the chain of the tests says. Shared by all clones.
#[derive(Clone, Default)]
pub struct TestChain(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
	/// Who may stage, and for which organisation.
	stagers: HashMap<AccountId, OrganisationId>,
	/// Roots of live records, with who confirmed to hold them.
	roots: HashMap<salus_primitives::Cid, HashSet<AccountId>>,
	/// Whether every question fails.
	broken: bool,
	/// Blocks whose state was asked.
	asked: HashSet<Hash>,
}

impl TestChain {
	/// Lets an account stage for an organisation.
	pub fn admit(&self, account: &AccountId, organisation: OrganisationId) {
		self.0.lock().stagers.insert(account.clone(), organisation);
	}

	/// Registers a root, as confirmed by these nodes.
	pub fn register(&self, root: &Cid, nodes: &[AccountId]) {
		let root = salus_primitives::Cid(root.to_bytes());
		self.0
			.lock()
			.roots
			.insert(root, nodes.iter().cloned().collect());
	}

	/// Erases the record of a root.
	pub fn erase(&self, root: &Cid) {
		self.0
			.lock()
			.roots
			.remove(&salus_primitives::Cid(root.to_bytes()));
	}

	/// From now on no question is answered.
	pub fn break_down(&self) {
		self.0.lock().broken = true;
	}

	/// Blocks whose state was asked.
	pub fn asked(&self) -> HashSet<Hash> {
		self.0.lock().asked.clone()
	}

	fn ask<T>(&self, at: Hash, answer: impl FnOnce(&State) -> T) -> Result<T, ApiError> {
		let mut state = self.0.lock();
		state.asked.insert(at);
		if state.broken {
			return Err(ApiError::Application("broken".into()));
		}
		Ok(answer(&state))
	}
}

impl ProvideRuntimeApi<Block> for TestChain {
	type Api = Self;

	fn runtime_api(&self) -> ApiRef<'_, Self> {
		self.clone().into()
	}
}

sp_api::mock_impl_runtime_apis! {
	impl SalusApi<Block, AccountId> for TestChain {
		#[advanced]
		fn may_stage(
			&self,
			at: Hash,
			account: AccountId,
		) -> Result<Option<OrganisationId>, ApiError> {
			self.ask(at, |state| state.stagers.get(&account).copied())
		}

		#[advanced]
		fn root(
			&self,
			at: Hash,
			cid: salus_primitives::Cid,
		) -> Result<Option<RootUse>, ApiError> {
			self.ask(at, |state| {
				let record = record_of(&cid);
				state.roots.contains_key(&cid).then_some(RootUse { record, version: 1 })
			})
		}

		#[advanced]
		fn record(
			&self,
			at: Hash,
			id: RecordId,
		) -> Result<Option<RecordDetails<AccountId>>, ApiError> {
			self.ask(at, |state| {
				let (root, nodes) = state
					.roots
					.iter()
					.find(|(root, _)| record_of(root) == id)?;
				Some(details(id, *root, nodes))
			})
		}
	}
}

/// The record that a root belongs to.
fn record_of(root: &salus_primitives::Cid) -> RecordId {
	let mut id = [0; 32];
	id.copy_from_slice(&root.0[4..]);
	RecordId(id)
}

fn details(
	id: RecordId,
	root: salus_primitives::Cid,
	nodes: &HashSet<AccountId>,
) -> RecordDetails<AccountId> {
	let who = AccountId::new([3; 32]);
	let info = VersionInfo {
		content: Content {
			root,
			size: 1,
			commitment: [0; 32],
		},
		author: who.clone(),
		organisation: 1,
		block: 1,
		registered: 1,
		state: if nodes.is_empty() {
			VersionState::Pending
		} else {
			VersionState::Stored
		},
		replicas: nodes.len() as u32,
		wraps: 1,
	};
	let replicas = nodes
		.iter()
		.map(|node| Replica {
			node: node.clone(),
			confirmed: 1,
		})
		.collect();
	let record = Record {
		patient: who.clone(),
		author: who,
		organisation: 1,
		confidentiality: Confidentiality::Normal,
		category: Category::Other,
		latest: 1,
		created: 1,
		wraps: 1,
	};
	RecordDetails {
		id,
		entry: RecordEntry::Live(record),
		versions: vec![VersionDetails {
			version: 1,
			info,
			replicas,
			sealed_to: None,
		}],
	}
}

impl HeaderBackend<Block> for TestChain {
	fn header(&self, hash: Hash) -> sp_blockchain::Result<Option<Header>> {
		let known = [GENESIS, FINALISED, BEST].contains(&hash);
		Ok(known.then(|| {
			Header::new(
				0,
				Default::default(),
				Default::default(),
				Default::default(),
				Default::default(),
			)
		}))
	}

	fn info(&self) -> Info<Block> {
		Info {
			best_hash: BEST,
			best_number: 2,
			genesis_hash: GENESIS,
			finalized_hash: FINALISED,
			finalized_number: 1,
			finalized_state: None,
			number_leaves: 1,
			block_gap: None,
		}
	}

	fn status(&self, hash: Hash) -> sp_blockchain::Result<BlockStatus> {
		Ok(match self.header(hash)? {
			Some(_) => BlockStatus::InChain,
			None => BlockStatus::Unknown,
		})
	}

	fn number(&self, _: Hash) -> sp_blockchain::Result<Option<BlockNumber>> {
		Ok(None)
	}

	fn hash(&self, _: BlockNumber) -> sp_blockchain::Result<Option<Hash>> {
		Ok(None)
	}
}

/// The account that confirms what the node of the tests stores.
pub fn storage_account() -> AccountId {
	AccountId::new([5; 32])
}

/// A node's IPFS side in embedded mode, without listeners.
pub fn ipfs(folder: &Path, limits: Limits) -> Arc<Ipfs> {
	Arc::new(Ipfs {
		grace_ms: 3_600_000,
		mode: Mode::Embedded,
		staging: Arc::new(Staging::open(folder.join("staging"), limits).unwrap()),
		blocks: Blocks::Embedded(Arc::new(BlockStore::open(folder.join("blocks")).unwrap())),
		endpoints: Endpoints {
			staging: "http://127.0.0.1:1".into(),
			ipfs: "http://127.0.0.1:2".into(),
		},
		storage_account: storage_account(),
		notes: Notes::new(InMemOffchainStorage::default()),
		registered: RwLock::default(),
		metrics: None,
	})
}
