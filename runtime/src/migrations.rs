//! Changes that an upgrade makes to the chain's storage before transactions continue.
//!
//! Contract: each release lists here the migrations from every storage version of a pallet that a
//! chain may still have. A migration that the storage has already had does nothing. Bounded work is
//! done in the first block of the new runtime. Work that grows with the chain is done in steps by
//! `pallet-migrations`, over blocks that take no transactions.
//!
//! Uses: the pallets' own `migrations`. Used by: `frame_executive`, and [`crate::configs`].

use crate::{
	configs::MAX_MOTIONS, Access, AccountId, Attestation, BlockNumber, Committee, Consent, Records,
	Roles, Runtime, Succession, System, Validators,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use frame_support::{
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	storage::unhashed,
	traits::{GetStorageVersion, OnRuntimeUpgrade, PalletInfoAccess, StorageVersion},
	weights::Weight,
};
use frame_system::Config as SystemConfig;
use pallet_collective::{Instance1, Proposals, Voting};

/// Migrations with bounded work.
pub type SingleBlock = (
	SlotsOfOneSecond,
	pallet_validators::migrations::ToVersion2<Runtime>,
	pallet_committee::migrations::ToVersion2<Runtime>,
);

/// Adapts what the storage counts in blocks to slots of one second: the ends of the council's open
/// motions, and the absence limit of storage nodes if the council has set one. Everything else that
/// is counted in blocks is a constant or lasts minutes.
///
/// Blocks of the versions up to 2 were two seconds apart. A chain of these versions is recognised
/// by the version of the committee's storage, so this comes before
/// [`pallet_committee::migrations::ToVersion2`]. Nodes follow the change by themselves
/// (`docs/adr/0021-a-block-a-second.md`).
pub struct SlotsOfOneSecond;

impl OnRuntimeUpgrade for SlotsOfOneSecond {
	fn on_runtime_upgrade() -> Weight {
		let database = <Runtime as SystemConfig>::DbWeight::get();
		if Committee::on_chain_storage_version() >= 2 {
			return database.reads(1);
		}
		let now = System::block_number();
		for motion in Proposals::<Runtime, Instance1>::get() {
			extend(&Voting::<Runtime, Instance1>::hashed_key_for(motion), now);
		}
		// The default is an hour in either length, so only a limit that was set changes.
		if pallet_records::AbsenceLimit::<Runtime>::exists() {
			pallet_records::AbsenceLimit::<Runtime>::mutate(|blocks| {
				*blocks = blocks.saturating_mul(2);
			});
		}
		let motions = u64::from(MAX_MOTIONS);
		database.reads_writes(motions.saturating_add(3), motions.saturating_add(1))
	}
}

/// Votes on a motion as `pallet-collective` stores them, whose fields are private: index,
/// threshold, ayes, nays, and the block in which the vote ends.
type Votes = (u32, u32, Vec<AccountId>, Vec<AccountId>, BlockNumber);

/// Doubles the number of blocks that a motion still has.
fn extend(votes: &[u8], now: BlockNumber) {
	let Some((index, threshold, ayes, nays, end)) = unhashed::get::<Votes>(votes) else {
		return;
	};
	let end = end.saturating_add(end.saturating_sub(now));
	unhashed::put(votes, &(index, threshold, ayes, nays, end));
}

/// Migrations that take several blocks.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type MultiBlock = (
	pallet_access::migrations::ToVersion2<Runtime>,
	pallet_records::migrations::ToVersion2<Runtime>,
);

/// Migrations that the benchmarks of `pallet-migrations` use instead.
#[cfg(feature = "runtime-benchmarks")]
pub type MultiBlock = pallet_migrations::mock_helpers::MockedMigrations;

/// Policy for a failed migration: it is abandoned, and the chain continues.
///
/// The SDK's alternative is to take no more transactions. Then nobody could open a record, and the
/// council could not vote for a fixed runtime. A migration must therefore leave storage readable
/// wherever it stops, and must raise the storage version only when it is complete. `salus upgrade
/// status` and `salus doctor` report outdated storage.
pub struct GoOn;

impl FailedMigrationHandler for GoOn {
	fn failed(_: Option<u32>) -> FailedMigrationHandling {
		FailedMigrationHandling::ForceUnstuck
	}
}

/// Returns the names of Salus's pallets whose storage version is older than this runtime's.
pub fn outdated() -> Vec<String> {
	/// Returns the pallet's name if its storage is outdated.
	fn name<P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess>(
	) -> Option<String> {
		(P::on_chain_storage_version() < P::in_code_storage_version()).then(|| P::name().to_owned())
	}
	[
		name::<Roles>(),
		name::<Records>(),
		name::<Attestation>(),
		name::<Consent>(),
		name::<Access>(),
		name::<Committee>(),
		name::<Succession>(),
		name::<Validators>(),
	]
	.into_iter()
	.flatten()
	.collect()
}
