//! The command line.

use crate::{chain_spec, consortium::ConsortiumCmd, ipfs::IpfsArgs, logs::LogFormat};
use sc_cli::{Database, OffchainWorkerEnabled, RpcMethods, SubstrateCli};
use sc_network::{multiaddr::Protocol, Multiaddr};
use std::{
	net::{Ipv4Addr, Ipv6Addr},
	num::NonZeroU32,
	path::PathBuf,
};

/// Command line of the node.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// Command to run instead of the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// Options for running the node.
	#[command(flatten)]
	pub run: RunCmd,
}

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Salus Node".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		env!("CARGO_PKG_AUTHORS").into()
	}

	fn support_url() -> String {
		concat!(env!("CARGO_PKG_REPOSITORY"), "/issues").into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(match id {
			"dev" => chain_spec::development()?,
			"local" => chain_spec::local()?,
			"" => {
				return Err(
					"no chain is given; use `--dev`, `--chain local`, or `--chain FILE` with the \
					 specification of your consortium's chain"
						.into(),
				)
			}
			path => chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?,
		}))
	}
}

/// Default limit of JSON-RPC calls per minute and connection. An upload of large files makes about
/// 12,000.
pub const RATE_LIMIT: NonZeroU32 = NonZeroU32::new(60_000).expect("it is not zero");

/// Default limit of calls in one JSON-RPC batch.
pub const BATCH_LIMIT: u32 = 256;

/// Default limit of the subscriptions of one JSON-RPC connection.
const SUBSCRIPTIONS: &str = "256";

/// Default time for which the pool refuses a transaction that it found invalid, in seconds: until
/// the next block. With a longer time, each attempt begins it again.
const REFUSAL: &str = "0";

/// Default port for peers.
const PEER_PORT: u16 = 30333;

/// Options for running the node.
///
/// The SDK's default, the fork-aware pool, loses transactions that it accepted when they arrive out
/// of order: of 3,000 by 16 accounts over four connections, up to 957. The single-state pool lost
/// none of them, but 36 and 15 of 2,000 on a machine with ten times the work that it could do.
///
/// For half an hour, the SDK's pool refuses a transaction that it found invalid once, even if that
/// passes: while the node is a block behind, or after a fork dropped the block that had it. Whoever
/// sends it again within its life would wait in vain.
///
/// A subscription to storage keeps its keys. The SDK's default of 1,024 subscriptions would let one
/// connection keep four times the memory.
#[derive(Debug, clap::Args)]
#[command(mut_arg("pool_type", |arg| arg.default_value("single-state")))]
#[command(mut_arg("tx_ban_seconds", |arg| arg.default_value(REFUSAL)))]
#[command(mut_arg("rpc_max_subscriptions_per_connection", |arg| arg.default_value(SUBSCRIPTIONS)))]
pub struct RunCmd {
	#[allow(missing_docs)]
	#[command(flatten)]
	pub base: sc_cli::RunCmd,

	#[allow(missing_docs)]
	#[command(flatten)]
	pub ipfs: IpfsArgs,

	/// Keep compiled runtimes in this folder, so that the next start is faster. Only the node's own
	/// user may write there. [default: `compiled` in the chain's folder]
	#[arg(long, value_name = "PATH")]
	pub compiled_runtimes: Option<PathBuf>,

	/// Format of the log on standard error: text for people, or JSON with one object per line for
	/// systems that collect logs. The filters of a JSON log cannot be changed by JSON-RPC.
	#[arg(long, value_name = "FORMAT", default_value = "text")]
	pub log_format: LogFormat,
}

impl RunCmd {
	/// Applies Salus's defaults where the SDK's are unsuitable.
	///
	/// Every node keeps records, validator or not. The off-chain worker does this, so it runs
	/// unless it is switched off. ParityDb is the only database. Except with `--dev`, methods that
	/// could harm the node are off unless requested: the SDK would enable them on loopback, where a
	/// reverse proxy would open them to everyone. Calls are limited too: per minute and connection
	/// ([`RATE_LIMIT`]) and per batch ([`BATCH_LIMIT`]).
	///
	/// Everyone knows the keys of the built-in chains, and could act as any hospital there. Nodes
	/// of these chains therefore listen for peers only on loopback, unless `--listen-addr` is
	/// given.
	pub fn with_defaults(mut self) -> Self {
		if self.is_development() {
			let network = &mut self.base.network_params;
			if network.listen_addr.is_empty() {
				// Clap refuses `--port` together with `--listen-addr`, but only while parsing.
				let port = network.port.unwrap_or(PEER_PORT);
				network.listen_addr = vec![
					Multiaddr::from(Ipv4Addr::LOCALHOST).with(Protocol::Tcp(port)),
					Multiaddr::from(Ipv6Addr::LOCALHOST).with(Protocol::Tcp(port)),
				];
			}
		}
		let worker = &mut self.base.offchain_worker_params.enabled;
		if matches!(worker, OffchainWorkerEnabled::WhenAuthority) {
			*worker = OffchainWorkerEnabled::Always;
		}
		self.base.import_params.database_params.database.get_or_insert(Database::ParityDb);
		let methods = &mut self.base.rpc_params.rpc_methods;
		if matches!(methods, RpcMethods::Auto) && !self.base.shared_params.is_dev() {
			*methods = RpcMethods::Safe;
		}
		let rpc = &mut self.base.rpc_params;
		if !self.base.shared_params.is_dev() {
			rpc.rpc_rate_limit.get_or_insert(RATE_LIMIT);
			if !rpc.rpc_disable_batch_requests {
				rpc.rpc_max_batch_request_len.get_or_insert(BATCH_LIMIT);
			}
		}
		self
	}

	/// Returns whether everyone knows the chain's keys: with `--dev`, or for a built-in chain.
	fn is_development(&self) -> bool {
		let shared = &self.base.shared_params;
		shared.is_dev() || matches!(shared.chain.as_deref(), Some("dev" | "local"))
	}
}

/// Commands besides running the node.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)] // There is one of these in a process.
pub enum Subcommand {
	/// Make, insert and inspect keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Found a consortium's chain, or make the keys to join one.
	#[command(subcommand)]
	Consortium(ConsortiumCmd),

	/// Write a chain specification.
	#[command(name = "export-chain-spec", visible_alias = "build-spec")]
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Check a block in the database.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state of a block as a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the chain's database. Records' blocks and keys stay.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Revert the chain by some blocks.
	Revert(sc_cli::RevertCmd),

	/// Show the contents of the database.
	ChainInfo(sc_cli::ChainInfoCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::Mode;
	use clap::{CommandFactory, Parser};
	use sc_cli::TransactionPoolType;

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	fn run(arguments: &[&str]) -> RunCmd {
		let arguments = ["salus-node"].iter().chain(arguments);
		Cli::try_parse_from(arguments).expect("these are good arguments").run.with_defaults()
	}

	#[test]
	fn a_node_keeps_records_by_default() {
		let worker = |arguments: &[&str]| run(arguments).base.offchain_worker_params.enabled;
		assert!(matches!(worker(&[]), OffchainWorkerEnabled::Always));
		assert!(matches!(worker(&["--offchain-worker", "never"]), OffchainWorkerEnabled::Never));
		assert_eq!(run(&[]).ipfs.mode, Mode::Embedded);
	}

	#[test]
	fn the_transaction_pool_keeps_what_it_accepted() {
		let pool = |arguments: &[&str]| run(arguments).base.pool_config.pool_type;
		assert!(matches!(pool(&[]), TransactionPoolType::SingleState));
		assert!(matches!(pool(&["--pool-type", "fork-aware"]), TransactionPoolType::ForkAware));
		let refusal = |arguments: &[&str]| run(arguments).base.pool_config.tx_ban_seconds;
		assert_eq!(refusal(&[]), Some(0));
		assert_eq!(refusal(&["--tx-ban-seconds", "60"]), Some(60));
	}

	#[test]
	fn there_is_one_database() {
		assert_eq!(run(&[]).base.import_params.database_params.database, Some(Database::ParityDb));
	}

	#[test]
	fn calls_are_limited_by_default_beyond_development() {
		let limits = |arguments: &[&str]| {
			let rpc = run(arguments).base.rpc_params;
			let rate = rpc.rpc_rate_limit.map(NonZeroU32::get);
			(rate, rpc.rpc_max_batch_request_len)
		};
		assert_eq!(limits(&["--dev"]), (None, None));
		assert_eq!(limits(&["--chain", "local"]), (Some(60_000), Some(256)));
		assert_eq!(
			limits(&["--rpc-rate-limit", "7", "--rpc-max-batch-request-len", "8"]),
			(Some(7), Some(8))
		);
		assert_eq!(limits(&["--rpc-disable-batch-requests"]), (Some(60_000), None));
	}

	#[test]
	fn a_connection_has_few_subscriptions_by_default() {
		let limit = |arguments: &[&str]| {
			run(arguments).base.rpc_params.rpc_max_subscriptions_per_connection
		};
		assert_eq!(limit(&[]), 256);
		assert_eq!(limit(&["--rpc-max-subscriptions-per-connection", "9"]), 9);
	}

	#[test]
	fn a_development_node_listens_on_loopback_by_default() {
		let listens = |arguments: &[&str]| -> Vec<String> {
			let addresses = run(arguments).base.network_params.listen_addr;
			addresses.iter().map(ToString::to_string).collect()
		};
		let loopback = ["/ip4/127.0.0.1/tcp/30333", "/ip6/::1/tcp/30333"];
		for arguments in [&["--dev"][..], &["--chain", "dev"], &["--chain", "local", "--alice"]] {
			assert_eq!(listens(arguments), loopback, "{arguments:?}");
		}
		assert_eq!(listens(&["--dev", "--port", "0"]), ["/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0"]);
		let chosen = "/ip4/0.0.0.0/tcp/30333";
		assert_eq!(listens(&["--dev", "--listen-addr", chosen]), [chosen]);
		// A node of a consortium must be reachable for the others.
		assert!(listens(&["--chain", "chain.json", "--validator"]).is_empty());
	}

	#[test]
	fn harmful_methods_are_off_by_default_beyond_development() {
		let methods = |arguments: &[&str]| run(arguments).base.rpc_params.rpc_methods;
		assert!(matches!(methods(&["--chain", "local"]), RpcMethods::Safe));
		assert!(matches!(methods(&["--dev"]), RpcMethods::Auto));
		assert!(matches!(methods(&["--rpc-methods", "unsafe"]), RpcMethods::Unsafe));
	}
}
