//! Carries out what the command line says.

use crate::service::{self, Parts};
use salus_node::{
	cli::{Cli, Subcommand},
	logs::{self, LogFormat},
};
use salus_runtime::opaque::Block;
use sc_cli::{CliConfiguration, Runner, Signals, SubstrateCli};

/// Reads the command line and carries it out.
pub fn run() -> sc_cli::Result<()> {
	let mut cli = <Cli as SubstrateCli>::from_args();
	cli.run = cli.run.with_defaults();

	match &cli.subcommand {
		None => {
			let runner = runner(&cli)?;
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

/// What runs the node, with the log as it was asked for.
fn runner(cli: &Cli) -> sc_cli::Result<Runner<Cli>> {
	let command = &cli.run.base;
	if cli.run.log_format == LogFormat::Text {
		return cli.create_runner(command);
	}
	// What the SDK does at this place, but for the log: it knows one form only.
	let runtime = sc_cli::build_runtime()?;
	let signals = runtime.block_on(async { Signals::capture() })?;
	let config = command.create_configuration(cli, runtime.handle().clone())?;
	sp_panic_handler::set(&Cli::support_url(), &Cli::impl_version());
	logs::start(&command.log_filters()?)
		.map_err(|error| sc_cli::Error::Application(error.into()))?;
	if let Err(error) = fdlimit::raise_fd_limit() {
		log::warn!("the limit of open files cannot be raised: {error}");
	}
	Runner::new(config, runtime, signals)
}
