//! Changes that an upgrade makes to the chain's storage before transactions continue.
//!
//! Contract: each release lists here the migrations from every storage version of a pallet that a
//! chain may still have. A migration that the storage has already had does nothing. Bounded work is
//! done in the first block of the new runtime. Work that grows with the chain is done in steps by
//! `pallet-migrations`, over blocks that take no transactions.
//!
//! Down: the pallets' own `migrations`. Up: `frame_executive`, and [`crate::configs`].

use crate::{
	Access, Attestation, Committee, Consent, Records, Roles, Runtime, Succession, Validators,
};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use frame_support::{
	migrations::{FailedMigrationHandler, FailedMigrationHandling},
	traits::{GetStorageVersion, PalletInfoAccess, StorageVersion},
};

/// Migrations with bounded work.
pub type SingleBlock = (
	pallet_validators::migrations::ToVersion2<Runtime>,
	pallet_committee::migrations::ToVersion2<Runtime>,
);

/// Migrations that take several blocks.
#[cfg(not(feature = "runtime-benchmarks"))]
pub type MultiBlock = (pallet_access::migrations::ToVersion2<Runtime>,);

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
