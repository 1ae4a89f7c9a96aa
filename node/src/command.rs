//! Carries out what the command line says.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	service::{self, Parts},
};
use salus_runtime::opaque::Block;
use sc_cli::SubstrateCli;
use std::path::PathBuf;

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

/// Reads the command line and carries it out.
pub fn run() -> sc_cli::Result<()> {
	let mut cli = <Cli as SubstrateCli>::from_args();
	cli.run = cli.run.with_defaults();

	match &cli.subcommand {
		None => {
			let runner = cli.create_runner(&cli.run.base)?;
			let ipfs = cli.run.ipfs.clone();
			runner.run_node_until_exit(|config| async move {
				service::new_full(config, ipfs).map_err(sc_cli::Error::Service)
			})
		}
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				import_queue,
				..
			} = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				..
			} = service::new_partial(&config)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				..
			} = service::new_partial(&config)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				import_queue,
				..
			} = service::new_partial(&config)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::PurgeChain(cmd)) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run(config.database)),
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				backend,
				..
			} = service::new_partial(&config)?;
			let revert_grandpa = Box::new(|client, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(client, backend, Some(revert_grandpa)), task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => cli
			.create_runner(cmd)?
			.sync_run(|config| cmd.run::<Block>(&config)),
	}
}
