//! Carries out what the command line says.

use crate::service::{self, Parts};
use salus_node::cli::{Cli, Subcommand};
use salus_runtime::opaque::Block;
use sc_cli::SubstrateCli;

/// Reads the command line and carries it out.
pub fn run() -> sc_cli::Result<()> {
	let mut cli = <Cli as SubstrateCli>::from_args();
	cli.run = cli.run.with_defaults();

	match &cli.subcommand {
		None => {
			let runner = cli.create_runner(&cli.run.base)?;
			let ipfs = cli.run.ipfs.clone();
			let compiled = cli.run.compiled_runtimes.clone();
			runner.run_node_until_exit(|config| async move {
				service::new_full(config, ipfs, compiled.as_deref()).map_err(sc_cli::Error::Service)
			})
		}
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::Consortium(cmd)) => cmd
			.run()
			.map_err(|error| sc_cli::Error::Application(error.into())),
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				import_queue,
				..
			} = service::new_partial(&config, None)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				..
			} = service::new_partial(&config, None)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				..
			} = service::new_partial(&config, None)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts {
				client,
				task_manager,
				import_queue,
				..
			} = service::new_partial(&config, None)?;
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
			} = service::new_partial(&config, None)?;
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
