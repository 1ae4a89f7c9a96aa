//! The command line.

use crate::{chain_spec, consortium::ConsortiumCmd, ipfs::IpfsArgs, logs::LogFormat};
use sc_cli::{Database, OffchainWorkerEnabled, RpcMethods, SubstrateCli};
use sc_network::{multiaddr::Protocol, Multiaddr};
use std::{
	net::{Ipv4Addr, Ipv6Addr},
	num::NonZeroU32,
	path::PathBuf,
};

/// The command line as a whole.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do; without it, run the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// How to run the node.
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
					"which chain? `--dev`, `--chain local`, or `--chain FILE` with the \
					specification of your consortium's"
						.into(),
				)
			}
			path => chain_spec::ChainSpec::from_json_file(PathBuf::from(path))?,
		}))
	}
}

/// How many JSON-RPC calls one connection may make in a minute. An upload of large files makes about 12,000.
pub const RATE_LIMIT: NonZeroU32 = NonZeroU32::new(60_000).expect("it is not zero");

/// How many calls may come in one JSON-RPC batch.
pub const BATCH_LIMIT: u32 = 256;

/// Where the node listens for peers if the command line does not say.
const PEER_PORT: u16 = 30333;

/// How to run the node.
#[derive(Debug, clap::Args)]
pub struct RunCmd {
	#[allow(missing_docs)]
	#[command(flatten)]
	pub base: sc_cli::RunCmd,

	#[allow(missing_docs)]
	#[command(flatten)]
	pub ipfs: IpfsArgs,

	/// Where compiled runtimes are kept, so that the node starts sooner the next time; `compiled` in the chain's folder if
	/// left out. Only the node's own user may write there.
	#[arg(long, value_name = "PATH")]
	pub compiled_runtimes: Option<PathBuf>,

	/// How the log is written to standard error: as text for people, or as JSON, an object on each line, for systems
	/// that collect logs. As JSON, it cannot be filtered anew by JSON-RPC.
	#[arg(long, value_name = "FORMAT", default_value = "text")]
	pub log_format: LogFormat,
}

impl RunCmd {
	/// Puts Salus's defaults where the SDK's do not fit.
	///
	/// Every node keeps records, whether it is a validator or not; what keeps them is the off-chain worker. So it runs
	/// unless it is switched off. There is one database. And beyond development, methods that could harm the node are
	/// off unless asked for: the SDK would have them on for loopback, where a reverse proxy opens them to everyone. There,
	/// too, one connection gets so many calls a minute and then waits ([`RATE_LIMIT`]), and no more in one batch than
	/// [`BATCH_LIMIT`].
	///
	/// Everyone knows the keys of the chains that come with the node, so a node of theirs listens for peers on loopback unless
	/// `--listen-addr` says otherwise: whoever reached it could act as any hospital.
	pub fn with_defaults(mut self) -> Self {
		if self.is_development() {
			let network = &mut self.base.network_params;
			if network.listen_addr.is_empty() {
				// Clap refuses `--port` beside `--listen-addr`; what is read by now may have both.
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
		self.base
			.import_params
			.database_params
			.database
			.get_or_insert(Database::ParityDb);
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

	/// Whether the chain is one whose keys everyone knows: that of `--dev`, or one of those that have a name instead of a file.
	fn is_development(&self) -> bool {
		let shared = &self.base.shared_params;
		shared.is_dev() || matches!(shared.chain.as_deref(), Some("dev" | "local"))
	}
}

/// What the binary does besides running the node.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)] // There is one of these in a process.
pub enum Subcommand {
	/// Make, insert and look at keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Found a consortium's chain, or make the keys to join one.
	#[command(subcommand)]
	Consortium(ConsortiumCmd),

	/// Write a chain specification.
	#[command(name = "export-chain-spec", visible_alias = "build-spec")]
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Check a block that the database holds.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state of a block as a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Remove the chain's database. Records' blocks and keys stay.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Go back some blocks.
	Revert(sc_cli::RevertCmd),

	/// Show what the database holds.
	ChainInfo(sc_cli::ChainInfoCmd),
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::ipfs::Mode;
	use clap::{CommandFactory, Parser};

	#[test]
	fn the_command_line_is_consistent() {
		Cli::command().debug_assert();
	}

	fn run(arguments: &[&str]) -> RunCmd {
		let arguments = ["salus-node"].iter().chain(arguments);
		Cli::try_parse_from(arguments)
			.expect("these are good arguments")
			.run
			.with_defaults()
	}

	#[test]
	fn a_node_keeps_records_unless_told_otherwise() {
		let worker = |arguments: &[&str]| run(arguments).base.offchain_worker_params.enabled;
		assert!(matches!(worker(&[]), OffchainWorkerEnabled::Always));
		assert!(matches!(
			worker(&["--offchain-worker", "never"]),
			OffchainWorkerEnabled::Never
		));
		assert_eq!(run(&[]).ipfs.mode, Mode::Embedded);
	}

	#[test]
	fn there_is_one_database() {
		assert_eq!(
			run(&[]).base.import_params.database_params.database,
			Some(Database::ParityDb)
		);
	}

	#[test]
	fn calls_are_limited_beyond_development_unless_said_otherwise() {
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
		assert_eq!(
			limits(&["--rpc-disable-batch-requests"]),
			(Some(60_000), None)
		);
	}

	#[test]
	fn a_development_node_listens_on_loopback_unless_told_otherwise() {
		let listens = |arguments: &[&str]| -> Vec<String> {
			let addresses = run(arguments).base.network_params.listen_addr;
			addresses.iter().map(ToString::to_string).collect()
		};
		let loopback = ["/ip4/127.0.0.1/tcp/30333", "/ip6/::1/tcp/30333"];
		for arguments in [
			&["--dev"][..],
			&["--chain", "dev"],
			&["--chain", "local", "--alice"],
		] {
			assert_eq!(listens(arguments), loopback, "{arguments:?}");
		}
		assert_eq!(
			listens(&["--dev", "--port", "0"]),
			["/ip4/127.0.0.1/tcp/0", "/ip6/::1/tcp/0"]
		);
		let told = "/ip4/0.0.0.0/tcp/30333";
		assert_eq!(listens(&["--dev", "--listen-addr", told]), [told]);
		// A consortium's node is there for the others.
		assert!(listens(&["--chain", "chain.json", "--validator"]).is_empty());
	}

	#[test]
	fn harmful_methods_are_off_beyond_development_unless_asked_for() {
		let methods = |arguments: &[&str]| run(arguments).base.rpc_params.rpc_methods;
		assert!(matches!(methods(&["--chain", "local"]), RpcMethods::Safe));
		assert!(matches!(methods(&["--dev"]), RpcMethods::Auto));
		assert!(matches!(
			methods(&["--rpc-methods", "unsafe"]),
			RpcMethods::Unsafe
		));
	}
}
