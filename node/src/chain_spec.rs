//! The chains that the binary knows by name, and the properties that all Salus chains share.

use salus_runtime::{
	units::{SS58_PREFIX, TOKEN_DECIMALS, TOKEN_SYMBOL},
	WASM_BINARY,
};
use sc_network::config::MultiaddrWithPeerId;
use sc_service::{ChainType, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// Chain specification.
pub type ChainSpec = sc_service::GenericChainSpec;

/// Returns the properties that wallets use to format amounts and addresses.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
	properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties
}

fn chain(name: &str, id: &str, kind: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or(
		"this binary was built without the runtime's Wasm; build it again without SKIP_WASM_BUILD",
	)?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id("salus")
		.with_chain_type(kind)
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// Returns the specification of `dev`: one validator, Alice, on one machine.
pub fn development() -> Result<ChainSpec, String> {
	chain("Salus Development", "dev", ChainType::Development, DEV_RUNTIME_PRESET)
}

/// Returns the specification of `local`: four validators, Alice to Dave.
pub fn local() -> Result<ChainSpec, String> {
	chain("Salus Local", "local", ChainType::Local, LOCAL_TESTNET_RUNTIME_PRESET)
}

/// Returns the specification of a consortium's own chain, with this runtime and this genesis
/// configuration.
pub fn consortium(
	name: &str,
	id: &str,
	runtime: &[u8],
	genesis: serde_json::Value,
	boot_nodes: Vec<MultiaddrWithPeerId>,
) -> ChainSpec {
	ChainSpec::builder(runtime, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id("salus")
		.with_chain_type(ChainType::Live)
		.with_properties(properties())
		.with_boot_nodes(boot_nodes)
		.with_genesis_config_patch(genesis)
		.build()
}

#[cfg(test)]
mod tests {
	use super::*;

	// The journeys start both chains. Here, each would compile the runtime.
	#[test]
	fn both_chains_have_salus_properties() {
		for spec in [development().unwrap(), local().unwrap()] {
			assert_eq!(spec.properties()["tokenSymbol"], "HEAL");
			assert_eq!(spec.properties()["tokenDecimals"], 12);
			assert_eq!(spec.properties()["ss58Format"], 42);
		}
	}
}
