//! Genesis states by name: `development` (one validator) and `local_testnet` (four).
//!
//! Both are for trying out Salus: every secret in them is publicly known.

use crate::{
	units::HEAL, AccountId, BalancesConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
	ValidatorsConfig,
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// Initial balance of each well-known account.
const ENDOWMENT: u128 = 1_000_000 * HEAL;

/// Returns the session keys of a well-known account.
fn session_keys(account: Sr25519Keyring, grandpa: Ed25519Keyring) -> SessionKeys {
	SessionKeys {
		aura: account.public().into(),
		grandpa: grandpa.public().into(),
		committee: account.public().into(),
		authority_discovery: account.public().into(),
	}
}

/// Returns the genesis with these validators, whose number is also the minimum. Each votes for
/// itself in the council.
fn genesis(validators: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
	let accounts: Vec<AccountId> =
		validators.iter().map(|(account, _)| account.to_account_id()).collect();
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig {
			balances: Sr25519Keyring::well_known()
				.map(|account| (account.to_account_id(), ENDOWMENT))
				.collect::<Vec<_>>(),
		},
		validators: ValidatorsConfig {
			validators: accounts
				.iter()
				.map(|account| (account.clone(), account.clone()))
				.collect::<Vec<_>>(),
			minimum: validators.len() as u32,
		},
		session: SessionConfig {
			keys: validators
				.iter()
				.map(|(account, grandpa)| {
					let id = account.to_account_id();
					(id.clone(), id, session_keys(*account, *grandpa))
				})
				.collect::<Vec<_>>(),
		},
	})
}

/// Returns the preset of this name, as JSON.
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

/// Returns the names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}
