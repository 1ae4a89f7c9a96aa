//! A runtime with this pallet only. Tests set which releases are open.

use crate as pallet_committee;
use crate::*;
use frame_support::{
	dispatch::GetDispatchInfo,
	pallet_prelude::TransactionSource,
	parameter_types,
	traits::{ConstU64, Hooks},
	weights::Weight,
};
use salus_primitives::{
	CommitteeStatement, Dealing, Epoch, EpochPhase, EpochPublic, KeyRelease, MemberIndex,
	MemberKey, Moment, OrganisationId, RequestId, SealedShare, ValidatorQuery,
};
use sp_core::{crypto::Pair as _, sr25519};
use sp_runtime::{
	testing::UintAuthorityId,
	traits::{Applyable, Checkable},
	transaction_validity::{InvalidTransaction, TransactionValidityError, ValidTransaction},
	BuildStorage, DispatchError, DispatchResult,
};
use std::collections::{BTreeMap, BTreeSet};

pub use salus_testing::*;

pub type TxExtension = (frame_system::AuthorizeCall<Test>,);
pub type Header = sp_runtime::generic::Header<u64, sp_runtime::traits::BlakeTwo256>;
pub type Block = sp_runtime::generic::Block<Header, UncheckedExtrinsic>;
pub type UncheckedExtrinsic =
	sp_runtime::generic::UncheckedExtrinsic<u64, RuntimeCall, UintAuthorityId, TxExtension>;

salus_testing::runtime! {
	pub enum Test {
		System: frame_system,
		Committee: pallet_committee,
	}
	type Block = Block;
}

/// State of the pallet `access`: epoch of each open release, and the members whose shares are
/// posted.
pub type Open = BTreeMap<RequestId, (Epoch, BTreeSet<MemberIndex>)>;

parameter_types! {
	pub static OpenReleases: Open = Open::new();
	/// Validators of this session that nobody removed.
	pub static Running: Vec<AccountId> = Vec::new();
	/// Hospitals of validators that do not run one of their own.
	pub static Shared: BTreeMap<AccountId, OrganisationId> = BTreeMap::new();
	pub static Minimum: u32 = 4;
}

pub struct Hospitals;
impl ValidatorQuery<AccountId> for Hospitals {
	fn present() -> Vec<(AccountId, Option<OrganisationId>)> {
		let hospital = |account: &AccountId| match Shared::get().get(account) {
			Some(hospital) => *hospital,
			None => *account as OrganisationId,
		};
		Running::get().into_iter().map(|account| (account, Some(hospital(&account)))).collect()
	}
	fn minimum() -> u32 {
		Minimum::get()
	}
}

/// From this time on nothing is released.
pub const EXPIRY: Moment = START + 1_000;

impl Mock for Test {
	type Event = pallet_committee::Event<Test>;
	fn genesis() -> impl BuildStorage {
		genesis_of(1..=4)
	}
	fn set_stage() {
		OpenReleases::take();
		Running::set((1..=4).collect());
		Shared::take();
		Minimum::set(4);
	}
	fn try_state() -> DispatchResult {
		Committee::do_try_state()
	}
}

pub struct Releases;
impl KeyRelease for Releases {
	type Error = DispatchError;
	fn expects_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		now: Moment,
	) -> DispatchResult {
		match OpenReleases::get().get(&request) {
			Some((of, shares)) if *of == epoch && !shares.contains(&member) && now < EXPIRY => {
				Ok(())
			}
			_ => Err(DispatchError::Other("not expected")),
		}
	}
	fn accept_share(
		request: RequestId,
		epoch: Epoch,
		member: MemberIndex,
		_: SealedShare,
		now: Moment,
	) -> DispatchResult {
		Self::expects_share(request, epoch, member, now)?;
		OpenReleases::mutate(|open| open.get_mut(&request).unwrap().1.insert(member));
		Ok(())
	}
	fn accept_share_weight() -> Weight {
		Weight::from_parts(7_000, 0)
	}
}

pub const PHASE: u64 = 20;

/// Far beyond what other tests need.
pub const REFRESH: u64 = 1_000_000;

impl Config for Test {
	type Releases = Releases;
	type Validators = Hospitals;
	type Time = Clock;
	type PhaseLength = ConstU64<PHASE>;
	type RefreshPeriod = ConstU64<REFRESH>;
	type CouncilOrigin = frame_system::EnsureRoot<AccountId>;
	type Priority = ConstU64<1_000_000>;
	type WeightInfo = ();
	type BenchmarkHelper = Helper;
}

pub struct Helper;
impl crate::benchmarking::BenchmarkHelper<AccountId> for Helper {
	fn release(epoch: Epoch, _: MemberIndex) -> RequestId {
		open_release(1, epoch);
		1
	}
	fn validators() -> Vec<AccountId> {
		Running::set((1..=100).collect());
		Running::get()
	}
}

pub fn open_release(request: RequestId, epoch: Epoch) {
	OpenReleases::mutate(|open| open.insert(request, (epoch, BTreeSet::new())));
}

/// Returns the secret key of a member. Member `n` has index `n` in the genesis epoch.
pub fn pair(member: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[member; 32])
}

pub fn id(member: u8) -> CommitteeId {
	pair(member).public().into()
}

pub fn sign(member: u8, statement: CommitteeStatement<'_>) -> CommitteeSignature {
	pair(member).sign(&statement.to_sign(&GENESIS)).into()
}

pub fn key(member: u8) -> MemberKey {
	vec![member; 33].try_into().unwrap()
}

pub fn dealing(member: u8) -> Dealing {
	vec![member; 900].try_into().unwrap()
}

pub fn public(of: u8) -> EpochPublic {
	vec![of; 600].try_into().unwrap()
}

pub fn sealed_share() -> SealedShare {
	vec![5; 300].try_into().unwrap()
}

// Calls of the member with this index in the genesis epoch.

pub fn announce_call(epoch: Epoch, member: u8) -> Call<Test> {
	announce_key(epoch, member, key(member))
}

pub fn announce_key(epoch: Epoch, member: u8, key: MemberKey) -> Call<Test> {
	let index = member.into();
	let signature = sign(member, CommitteeStatement::Announce { epoch, index, key: &key });
	Call::announce { epoch, index, key, signature }
}

pub fn deal_call(epoch: Epoch, member: u8) -> Call<Test> {
	let (index, dealing) = (member.into(), dealing(member));
	let signature = sign(member, CommitteeStatement::Deal { epoch, index, dealing: &dealing });
	Call::deal { epoch, index, dealing, signature }
}

pub fn confirm_call(epoch: Epoch, member: u8, excluded: u16, of: u8) -> Call<Test> {
	let (index, public) = (member.into(), public(of));
	let signature =
		sign(member, CommitteeStatement::Confirm { epoch, index, excluded, public: &public });
	Call::confirm { epoch, index, excluded, public, signature }
}

pub fn share_call(request: RequestId, epoch: Epoch, member: u8) -> Call<Test> {
	let (index, share) = (member.into(), sealed_share());
	let signature =
		sign(member, CommitteeStatement::Share { request, epoch, index, share: &share });
	Call::submit_share { request, epoch, index, share, signature }
}

pub fn rejoin_call(epoch: Epoch, member: u8) -> Call<Test> {
	rejoin_as(epoch, member.into(), member)
}

/// Returns the call of the member with this index, signed with this secret key.
pub fn rejoin_as(epoch: Epoch, index: MemberIndex, signer: u8) -> Call<Test> {
	let signature = sign(signer, CommitteeStatement::Rejoin { epoch, index });
	Call::rejoin { epoch, index, signature }
}

/// Validates a transaction as the pool and a block do.
pub fn validate(call: Call<Test>) -> Result<ValidTransaction, TransactionValidityError> {
	let transaction = UncheckedExtrinsic::new_transaction(call.into(), extension());
	let info = transaction.get_dispatch_info();
	let checked = Checkable::check(transaction, &frame_system::ChainContext::<Test>::default())?;
	checked.validate::<Test>(TransactionSource::External, &info, 100)
}

/// Validates the transaction and runs its call, as a block does.
pub fn apply(call: Call<Test>) -> Result<DispatchResult, TransactionValidityError> {
	let transaction = UncheckedExtrinsic::new_transaction(call.into(), extension());
	let info = transaction.get_dispatch_info();
	let checked = Checkable::check(transaction, &frame_system::ChainContext::<Test>::default())?;
	checked.apply::<Test>(&info, 100).map(|result| result.map(|_| ()).map_err(|error| error.error))
}

fn extension() -> TxExtension {
	(frame_system::AuthorizeCall::new(),)
}

/// Asserts that the transaction is accepted and its call succeeds.
#[track_caller]
pub fn say(call: Call<Test>) {
	assert_eq!(apply(call), Ok(Ok(())));
}

/// Asserts that the transaction is refused with `why`, and that its call, if it ran, would fail
/// with `error`.
#[track_caller]
pub fn refused(call: Call<Test>, why: InvalidTransaction, error: Error<Test>) {
	use frame_support::traits::UnfilteredDispatchable;
	refused_transaction(call.clone(), why);
	let before = sp_io::storage::root(Default::default());
	let result = call.dispatch_bypass_filter(frame_system::RawOrigin::Authorized.into());
	assert_eq!(result.map_err(|failed| failed.error), Err(error.into()));
	assert_eq!(before, sp_io::storage::root(Default::default()));
}

/// Asserts that the transaction is refused with this reason.
#[track_caller]
pub fn refused_transaction(call: Call<Test>, why: InvalidTransaction) {
	let why = TransactionValidityError::Invalid(why);
	assert_eq!(validate(call.clone()), Err(why));
	assert_eq!(apply(call), Err(why));
}

pub fn phase(epoch: Epoch) -> EpochPhase {
	Epochs::<Test>::get(epoch).unwrap().phase
}

/// Advances to this block.
pub fn run_to(block: u64) {
	while System::block_number() < block {
		let next = System::block_number() + 1;
		System::set_block_number(next);
		Committee::on_initialize(next);
	}
}

pub fn all_announce(epoch: Epoch, members: impl IntoIterator<Item = u8>) {
	for member in members {
		say(announce_call(epoch, member));
	}
}

pub fn all_deal(epoch: Epoch, members: impl IntoIterator<Item = u8>) {
	for member in members {
		say(deal_call(epoch, member));
	}
}

pub fn all_confirm(epoch: Epoch, members: impl IntoIterator<Item = u8>) {
	for member in members {
		say(confirm_call(epoch, member, 0, 1));
	}
}

/// Forms the key of the first epoch, with its four members.
pub fn activate() {
	all_announce(1, 1..=4);
	all_deal(1, 1..=4);
	all_confirm(1, 1..=3);
	assert_eq!(Active::<Test>::get(), Some(1));
}

/// Starts a session with this set of members.
pub fn new_session(members: impl IntoIterator<Item = u8>) {
	new_session_with(members.into_iter().map(|member| (member, member)));
}

/// Starts a session with these validators, each with the key of this secret.
pub fn new_session_with(members: impl IntoIterator<Item = (u8, u8)>) {
	begin_session(true, members);
}

/// Starts a session with these validators, as `pallet-session` does if neither they nor their keys
/// have changed.
pub fn same_session(members: impl IntoIterator<Item = u8>) {
	begin_session(false, members.into_iter().map(|member| (member, member)));
}

fn begin_session(changed: bool, members: impl IntoIterator<Item = (u8, u8)>) {
	use frame_support::traits::OneSessionHandler;
	let members: Vec<(AccountId, CommitteeId)> =
		members.into_iter().map(|(member, secret)| (member.into(), id(secret))).collect();
	Running::set(members.iter().map(|(account, _)| *account).collect());
	let pairs = || members.iter().map(|(account, id)| (account, id.clone()));
	<Committee as OneSessionHandler<AccountId>>::on_new_session(changed, pairs(), pairs());
}

/// Returns the members of an epoch, in order of index.
pub fn members_of(epoch: Epoch) -> Vec<CommitteeId> {
	let state = Epochs::<Test>::get(epoch).unwrap();
	state.seats.iter().map(|seat| seat.id.clone()).collect()
}

/// Lets the council elect these validators.
pub fn elect(members: impl IntoIterator<Item = u8>) -> DispatchResult {
	let members: Vec<AccountId> = members.into_iter().map(AccountId::from).collect();
	Committee::elect(RuntimeOrigin::root(), members.try_into().expect("these are at most 16"))
}

/// Returns a genesis with these members.
fn genesis_of(members: impl IntoIterator<Item = u8>) -> impl BuildStorage {
	let authorities = members.into_iter().map(id).collect();
	RuntimeGenesisConfig {
		committee: GenesisConfig { authorities, ..Default::default() },
		..Default::default()
	}
}

/// Starts with these members.
pub fn with_members(members: impl IntoIterator<Item = u8>) -> TestExt {
	TestExt::new(genesis_of(members))
}

/// Runs a test with these members, then checks the whole state.
pub fn build_with(members: impl IntoIterator<Item = u8>, test: impl FnOnce()) {
	with_members(members).build_and_execute(test);
}
