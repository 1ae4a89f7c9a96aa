//! Genesis states by name: `development` (one validator) and `local_testnet` (four).
//!
//! Both are for trying out: every secret in them is publicly known.

use crate::{units::HEAL, AccountId, BalancesConfig, CouncilConfig, RuntimeGenesisConfig};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What each well-known account starts with.
const ENDOWMENT: u128 = 1_000_000 * HEAL;

/// The genesis with these validators. Each also has a seat in the council.
fn genesis(validators: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
	let council: Vec<AccountId> = validators
		.iter()
		.map(|(account, _)| account.to_account_id())
		.collect();
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig {
			balances: Sr25519Keyring::well_known()
				.map(|account| (account.to_account_id(), ENDOWMENT))
				.collect::<Vec<_>>(),
		},
		aura: pallet_aura::GenesisConfig {
			authorities: validators
				.iter()
				.map(|(aura, _)| aura.public().into())
				.collect::<Vec<_>>(),
		},
		grandpa: pallet_grandpa::GenesisConfig {
			authorities: validators
				.iter()
				.map(|(_, grandpa)| (grandpa.public().into(), 1))
				.collect::<Vec<_>>(),
		},
		committee: pallet_committee::GenesisConfig {
			authorities: validators
				.iter()
				.map(|(account, _)| account.public().into())
				.collect::<Vec<_>>(),
		},
		council: CouncilConfig { members: council },
	})
}

/// The preset of this name, as JSON.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let genesis = match id.as_str() {
		DEV_RUNTIME_PRESET => genesis(&[(Sr25519Keyring::Alice, Ed25519Keyring::Alice)]),
		LOCAL_TESTNET_RUNTIME_PRESET => genesis(&[
			(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
			(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
			(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
			(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
		]),
		_ => return None,
	};
	serde_json::to_vec(&genesis).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![
		PresetId::from(DEV_RUNTIME_PRESET),
		PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
	]
}
