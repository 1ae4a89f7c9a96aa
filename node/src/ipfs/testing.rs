//! A chain and a node's IPFS side for tests, without runtime and network.

use std::{
	collections::{HashMap, HashSet},
	path::Path,
	sync::Arc,
};

use futures::{future::BoxFuture, FutureExt};
use parking_lot::Mutex;
use salus_ipfs::{
	fetch::{BlockSource, BoxError},
	staging::Limits,
	unixfs::{self, Block as Node},
	Cid,
};
use salus_primitives::{
	api::SalusApi, Category, Confidentiality, Content, Member, MemberInfo, MemberStatus,
	OrganisationId, PeerKey, Record, RecordDetails, RecordEntry, RecordId, Replica,
	ReplicationStatus, Role, RootUse, StorageClaim, StorageNode, StoragePeer,
	UnderReplicatedVersion, VersionDetails, VersionInfo, VersionState,
};
use salus_runtime::{opaque::Block, AccountId, BlockNumber, Hash, Header};
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::{BlockStatus, HeaderBackend, Info};
use sp_core::offchain::storage::InMemOffchainStorage;
use sp_runtime::traits::Header as _;
use substrate_prometheus_endpoint::Registry;

use super::{notes::Notes, *};

/// Hashes of the blocks of the test chain.
pub const GENESIS: Hash = Hash::repeat_byte(7);
pub const FINALISED: Hash = Hash::repeat_byte(8);
pub const BEST: Hash = Hash::repeat_byte(9);

/// Test chain. All clones share its state.
#[derive(Clone, Default)]
pub struct TestChain(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
	/// Accounts that may stage, with their organisations.
	stagers: HashMap<AccountId, OrganisationId>,
	/// Roots of live records, with the nodes that confirmed them.
	roots: HashMap<salus_primitives::Cid, HashSet<AccountId>>,
	/// Roots whose last record was erased, with the time.
	erased: HashMap<salus_primitives::Cid, u64>,
	/// Roots that are registered at the best block, and not yet in finalised state.
	unfinished: HashSet<salus_primitives::Cid>,
	/// Roots that no node confirms at the best block.
	withdrawn: HashSet<salus_primitives::Cid>,
	/// Whether every query fails.
	broken: bool,
	/// Roots whose queries fail.
	unreadable: HashSet<salus_primitives::Cid>,
	/// Blocks whose state was queried.
	asked: HashSet<Hash>,
	/// Storage nodes that are present.
	present: Vec<AccountId>,
	/// Under-replicated versions.
	under_replicated: Vec<UnderReplicatedVersion<AccountId>>,
	/// Peers of the storage nodes.
	peers: Vec<PeerKey>,
	/// Holdings of the test node.
	holdings: Vec<StorageClaim>,
	/// Authors and sizes of registrations, where they matter.
	authored: HashMap<salus_primitives::Cid, (AccountId, u64)>,
	/// Storage nodes that share an organisation.
	organisations: HashMap<AccountId, OrganisationId>,
}

impl TestChain {
	/// Lets an account stage for an organisation.
	pub fn admit(&self, account: &AccountId, organisation: OrganisationId) {
		self.0.lock().stagers.insert(account.clone(), organisation);
	}

	/// Ends an account's right to stage.
	pub fn dismiss(&self, account: &AccountId) {
		self.0.lock().stagers.remove(account);
	}

	/// Registers a root that these nodes confirmed.
	pub fn register(&self, root: &Cid, nodes: &[AccountId]) {
		let root = salus_primitives::Cid(root.to_bytes());
		let mut state = self.0.lock();
		state.roots.insert(root, nodes.iter().cloned().collect());
		state.withdrawn.remove(&root);
	}

	/// Takes a root off the nodes that confirmed it, at the best block only.
	pub fn withdraw_at_best(&self, root: &Cid) {
		self.0.lock().withdrawn.insert(salus_primitives::Cid(root.to_bytes()));
	}

	/// Registers a root by this author with this size. No node has confirmed it.
	pub fn register_as(&self, root: &Cid, author: &AccountId, size: u64) {
		self.register(root, &[]);
		let root = salus_primitives::Cid(root.to_bytes());
		self.0.lock().authored.insert(root, (author.clone(), size));
	}

	/// Registers a root at the best block only.
	pub fn register_at_best(&self, root: &Cid) {
		self.register(root, &[]);
		self.0.lock().unfinished.insert(salus_primitives::Cid(root.to_bytes()));
	}

	/// Erases the record of a root, as runtimes before version 3 did: without a trace.
	pub fn erase(&self, root: &Cid) {
		self.0.lock().roots.remove(&salus_primitives::Cid(root.to_bytes()));
	}

	/// Erases the record of a root at this time, in milliseconds since 1970.
	pub fn erase_at(&self, root: &Cid, time: u64) {
		self.erase(root);
		self.0.lock().erased.insert(salus_primitives::Cid(root.to_bytes()), time);
	}

	/// Sets the present storage nodes.
	pub fn set_present(&self, nodes: &[AccountId]) {
		self.0.lock().present = nodes.to_vec();
	}

	/// Sets a storage node's organisation. Without this, each node has its own.
	pub fn belongs(&self, node: &AccountId, organisation: OrganisationId) {
		let mut state = self.0.lock();
		state.organisations.insert(node.clone(), organisation);
	}

	/// Sets the peers of the storage nodes.
	pub fn name_peers(&self, keys: &[PeerKey]) {
		self.0.lock().peers = keys.to_vec();
	}

	/// Returns the record that a root is registered for.
	pub fn record_of(root: &Cid) -> RecordId {
		record_of(&salus_primitives::Cid(root.to_bytes()))
	}

	/// Registers an under-replicated version with these holders.
	pub fn add_under_replicated(&self, root: &Cid, size: u64, holders: &[AccountId]) {
		self.register(root, holders);
		let root = salus_primitives::Cid(root.to_bytes());
		self.0.lock().under_replicated.push(UnderReplicatedVersion {
			record: record_of(&root),
			version: 1,
			root,
			size,
			holders: holders.to_vec(),
		});
	}

	/// Empties the list of under-replicated versions.
	pub fn clear_under_replicated(&self) {
		self.0.lock().under_replicated.clear();
	}

	/// Sets the holdings of the test node.
	pub fn set_holdings(&self, roots: &[Cid]) {
		let claims = roots.iter().map(|root| {
			self.register(root, &[storage_account()]);
			let root = salus_primitives::Cid(root.to_bytes());
			StorageClaim { record: record_of(&root), version: 1, root }
		});
		let claims = claims.collect();
		self.0.lock().holdings = claims;
	}

	/// Makes every query of this root fail.
	pub fn break_root(&self, root: &Cid) {
		self.0.lock().unreadable.insert(salus_primitives::Cid(root.to_bytes()));
	}

	/// Makes every further query fail.
	pub fn break_down(&self) {
		self.0.lock().broken = true;
	}

	/// Blocks whose state was queried.
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
		fn replication(&self, at: Hash) -> Result<ReplicationStatus<AccountId>, ApiError> {
			self.ask(at, |state| ReplicationStatus {
				block: 1,
				target: 3.min(state.present.len() as u32),
				under_replicated: state.under_replicated.len() as u32,
				absence_limit: 3_600,
				nodes: state
					.present
					.iter()
					.map(|node| StorageNode {
						node: node.clone(),
						last_seen: 1,
						present: true,
					})
					.collect(),
			})
		}

		#[advanced]
		fn memberships(&self, at: Hash, who: AccountId) -> Result<Vec<MemberInfo>, ApiError> {
			self.ask(at, |state| {
				let own = u32::from(AsRef::<[u8; 32]>::as_ref(&who)[0]);
				let organisation = state.organisations.get(&who).copied().unwrap_or(own);
				vec![MemberInfo {
					role: Role::StorageNode,
					member: Member {
						organisation: Some(organisation),
						status: MemberStatus::Active,
						credential: [0; 32],
						expires: None,
						since: 0,
						specialty: None,
					},
					live: true,
				}]
			})
		}

		#[advanced]
		fn storage_peers(&self, at: Hash) -> Result<Vec<StoragePeer<AccountId>>, ApiError> {
			self.ask(at, |state| {
				let peers = state.peers.iter();
				peers
					.map(|peer| StoragePeer {
						node: AccountId::new(*peer),
						peer: *peer,
					})
					.collect()
			})
		}

		#[advanced]
		fn under_replicated(
			&self,
			at: Hash,
			after: Option<(u32, RecordId, u32)>,
			limit: u32,
		) -> Result<Vec<UnderReplicatedVersion<AccountId>>, ApiError> {
			self.ask(at, |state| {
				let behind = after.and_then(|(_, record, _)| {
					state.under_replicated.iter().position(|version| version.record == record)
				});
				let from = behind.map_or(0, |index| index + 1);
				state.under_replicated.iter().skip(from).take(limit as usize).cloned().collect()
			})
		}

		#[advanced]
		fn holdings(
			&self,
			at: Hash,
			node: AccountId,
			after: Option<(RecordId, u32)>,
			limit: u32,
		) -> Result<Vec<StorageClaim>, ApiError> {
			assert_eq!(node, storage_account());
			self.ask(at, |state| {
				let behind = after.and_then(|(record, _)| {
					state.holdings.iter().position(|claim| claim.record == record)
				});
				let from = behind.map_or(0, |index| index + 1);
				state.holdings.iter().skip(from).take(limit as usize).cloned().collect()
			})
		}

		#[advanced]
		fn root(
			&self,
			at: Hash,
			cid: salus_primitives::Cid,
		) -> Result<Option<RootUse>, ApiError> {
			self.ask(at, |state| {
				let record = record_of(&cid);
				let found = state.roots.contains_key(&cid)
					&& (at == BEST || !state.unfinished.contains(&cid));
				match state.unreadable.contains(&cid) {
					true => Err(ApiError::Application("unreadable".into())),
					false => Ok(found.then_some(RootUse { record, version: 1 })),
				}
			})?
		}

		#[advanced]
		fn erased_root(
			&self,
			at: Hash,
			cid: salus_primitives::Cid,
		) -> Result<Option<u64>, ApiError> {
			self.ask(at, |state| state.erased.get(&cid).copied())
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
				let nobody = HashSet::new();
				let is_withdrawn = at == BEST && state.withdrawn.contains(root);
				let nodes = if is_withdrawn { &nobody } else { nodes };
				let mut details = details(id, *root, nodes);
				if let Some((author, size)) = state.authored.get(root) {
					let info = &mut details.versions[0].info;
					info.author = author.clone();
					info.content.size = *size;
				}
				Some(details)
			})
		}
	}
}

/// Returns the record that a root belongs to.
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
		content: Content { root, size: 1, commitment: [0; 32] },
		author: who.clone(),
		organisation: 1,
		block: 1,
		registered: 1,
		state: if nodes.is_empty() { VersionState::Pending } else { VersionState::Stored },
		replicas: nodes.len() as u32,
		wraps: 1,
	};
	let replicas = nodes.iter().map(|node| Replica { node: node.clone(), confirmed: 1 }).collect();
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
		versions: vec![VersionDetails { version: 1, info, replicas, sealed_to: None }],
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

/// Returns the storage account of the test node.
pub fn storage_account() -> AccountId {
	AccountId::new([5; 32])
}

/// Creates a node's IPFS side in embedded mode, without listeners.
pub fn ipfs(folder: &Path, limits: Limits) -> Arc<Ipfs> {
	let store = BlockStore::open(folder.join("blocks")).unwrap();
	ipfs_at(folder, limits, Blocks::Embedded(Arc::new(store)))
}

/// Creates a node's IPFS side over any storage, without listeners.
pub fn ipfs_at(folder: &Path, limits: Limits, blocks: Blocks) -> Arc<Ipfs> {
	Arc::new(Ipfs {
		grace_ms: 3_600_000,
		mode: match &blocks {
			Blocks::Embedded(_) => Mode::Embedded,
			Blocks::Kubo(kubo) => Mode::Kubo(kubo.url().to_owned()),
		},
		standing: Mutex::new(inspect::Standing::Unwatched),
		staging: Arc::new(Staging::open(folder.join("staging"), limits).unwrap()),
		blocks,
		endpoints: Endpoints {
			staging: "http://127.0.0.1:1".into(),
			ipfs: "http://127.0.0.1:2".into(),
		},
		storage_account: storage_account(),
		evicted: evicted::Evicted::open(folder.join("evicted.json")).unwrap(),
		notes: Notes::new(InMemOffchainStorage::default()),
		registered: RwLock::default(),
		failing: Mutex::default(),
		metrics: Metrics::new(&Registry::new()).ok(),
		damaged: AtomicU64::new(0),
	})
}

/// Other nodes that hold some blocks and count the requests.
#[derive(Clone, Default)]
pub struct TestPeers(Arc<Mutex<PeersState>>);

#[derive(Default)]
struct PeersState {
	blocks: HashMap<Cid, Vec<u8>>,
	asked: usize,
}

impl TestPeers {
	/// Gives these blocks to the other nodes.
	pub fn hold(&self, blocks: impl IntoIterator<Item = (Cid, Vec<u8>)>) {
		self.0.lock().blocks.extend(blocks);
	}

	/// Takes a block from the other nodes and returns its bytes.
	pub fn lose(&self, cid: &Cid) -> Vec<u8> {
		self.0.lock().blocks.remove(cid).unwrap()
	}

	/// Returns the number of blocks requested from the other nodes.
	pub fn asked(&self) -> usize {
		self.0.lock().asked
	}
}

impl BlockSource for TestPeers {
	fn get(&self, cid: Cid) -> BoxFuture<'_, Result<Option<Vec<u8>>, BoxError>> {
		let mut state = self.0.lock();
		state.asked += 1;
		let block = state.blocks.get(&cid).cloned();
		async move { Ok(block) }.boxed()
	}
}

/// Returns a file of several leaves: its root, its size, and its blocks including the root.
pub fn file(seed: u8) -> (Cid, u64, Vec<(Cid, Vec<u8>)>) {
	let size = 2 * salus_ipfs::MAX_LEAF + 10;
	let bytes: Vec<u8> = (0..size).map(|index| (index % 251) as u8 ^ seed).collect();
	let mut blocks = Vec::new();
	let dag = unixfs::build(&bytes[..], |block: Node| -> std::io::Result<()> {
		blocks.push((block.cid, block.data));
		Ok(())
	})
	.unwrap();
	(dag.root, size as u64, blocks)
}

/// Puts blocks into a store.
pub fn put_all<'a>(store: &BlockStore, blocks: impl IntoIterator<Item = &'a (Cid, Vec<u8>)>) {
	for (cid, data) in blocks {
		store.put(cid, data).unwrap();
	}
}
