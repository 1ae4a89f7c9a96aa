//! Summary of a specification.

use super::Error;
use crate::chain_spec::ChainSpec;
use codec::Encode;
use salus_runtime::{opaque::Block, AccountId, Hash, Runtime, SessionKeys, VERSION};
use sc_executor::read_embedded_version;
use sc_executor_common::runtime_blob::RuntimeBlob;
use sc_service::{construct_genesis_block, ChainSpec as _};
use sp_core::storage::{well_known_keys::CODE, Storage};
use sp_runtime::traits::{BlakeTwo256, Block as _, Hash as _};
use sp_state_machine::BasicExternalities;
use std::fmt::Write;

/// Summary of a specification, read from its genesis state.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
	/// Name of the chain.
	pub name: String,
	/// Identifier of the chain.
	pub id: String,
	/// Hash of the genesis block, which covers the whole genesis state.
	pub genesis: Hash,
	/// Blake2-256 hash of the runtime's code as stored.
	pub runtime: Hash,
	/// Version of the runtime.
	pub version: u32,
	/// Minimum number of validators, below which none can be removed.
	pub minimum: u32,
	/// Validators in the order of their accounts: account, seat in the council, session keys.
	pub validators: Vec<(AccountId, AccountId, SessionKeys)>,
}

impl Summary {
	/// Reads the summary.
	pub fn of(spec: &ChainSpec) -> Result<Self, Error> {
		let mut storage =
			spec.as_storage_builder().build_storage().map_err(Error::Specification)?;
		let code = storage
			.top
			.get(CODE)
			.ok_or_else(|| Error::Specification("it has no runtime".into()))?;
		let runtime = BlakeTwo256::hash(code);
		let unreadable =
			|reason: String| Error::Specification(format!("its runtime cannot be read: {reason}"));
		let blob = RuntimeBlob::uncompress_if_needed(code)
			.map_err(|error| unreadable(error.to_string()))?;
		let version = read_embedded_version(&blob)
			.map_err(|error| unreadable(error.to_string()))?
			.ok_or_else(|| unreadable("it does not state its version".into()))?;
		if version.spec_name != VERSION.spec_name {
			return Err(Error::Specification(format!(
				"it is a specification of {}, not of {}",
				version.spec_name, VERSION.spec_name
			)));
		}
		let genesis = genesis_hash(&storage, version.state_version())?;
		let (validators, minimum) = founded(&mut storage)?;
		Ok(Self {
			name: spec.name().to_owned(),
			id: spec.id().to_owned(),
			genesis,
			runtime,
			version: version.spec_version,
			minimum,
			validators,
		})
	}

	/// Describes the summary in text, with a line for each validator. `is_here` tells which keys
	/// are on this machine.
	pub fn describe(&self, is_here: impl Fn(&SessionKeys) -> bool) -> String {
		let mut text = format!(
			"chain    {} ({})\ngenesis  {:?}\nruntime  {:?}, version {}\nminimum  {} validators\n",
			self.name, self.id, self.genesis, self.runtime, self.version, self.minimum
		);
		for (account, seat, keys) in &self.validators {
			let here = if is_here(keys) { ", the keys are here" } else { "" };
			// Writing to a string cannot fail.
			let _ = writeln!(text, "validator {account}, its seat {seat}{here}");
		}
		text
	}
}

fn genesis_hash(storage: &Storage, version: sp_core::storage::StateVersion) -> Result<Hash, Error> {
	if !storage.children_default.is_empty() {
		return Err(Error::Specification(
			"its state has child tries, which Salus does not use".into(),
		));
	}
	let root = BlakeTwo256::trie_root(
		storage.top.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
		version,
	);
	Ok(construct_genesis_block::<Block>(root, version).header().hash())
}

type Founded = (Vec<(AccountId, AccountId, SessionKeys)>, u32);

/// Returns the validators of a genesis state, as read by this binary's runtime.
fn founded(storage: &mut Storage) -> Result<Founded, Error> {
	let (set, keys, minimum) = BasicExternalities::execute_with_storage(storage, || {
		(
			pallet_validators::Validators::<Runtime>::get(),
			pallet_session::QueuedKeys::<Runtime>::get(),
			pallet_validators::Minimum::<Runtime>::get(),
		)
	});
	let mut validators = set
		.into_iter()
		.map(|validator| {
			let keys = keys
				.iter()
				.find(|(account, _)| *account == validator.account)
				.map(|(_, keys)| keys.clone())
				.ok_or_else(|| {
					Error::Specification(format!(
						"its validator {} has no session keys",
						validator.account
					))
				})?;
			Ok((validator.account, validator.representative, keys))
		})
		.collect::<Result<Vec<_>, Error>>()?;
	validators.sort_by_key(|(account, ..)| account.encode());
	Ok((validators, minimum))
}
