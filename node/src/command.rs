//! Carries out the commands of the command line.

use crate::service::{self, Parts};
use futures::FutureExt;
use salus_node::{
	cli::{Cli, Subcommand},
	logs::{self, LogFormat},
};
use salus_runtime::opaque::Block;
use sc_cli::{CliConfiguration, Signals, SubstrateCli};
use sc_service::TaskManager;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Time limit for the tasks of a stopping node.
const ENDING: Duration = Duration::from_secs(45);

/// Maximum time during which the log is silent while tasks end: longer than they take on a busy
/// machine.
const UNSAID: Duration = Duration::from_secs(30);

/// Reads the command line and carries it out.
pub fn run() -> sc_cli::Result<()> {
	let mut cli = <Cli as SubstrateCli>::from_args();
	cli.run = cli.run.with_defaults();

	match &cli.subcommand {
		None => run_node(&cli),
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::Consortium(cmd)) => {
			cmd.run().map_err(|error| sc_cli::Error::Application(error.into()))
		}
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts { client, task_manager, import_queue, .. } =
				service::new_partial(&config, None)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts { client, task_manager, .. } = service::new_partial(&config, None)?;
			Ok((cmd.run(client, config.database), task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts { client, task_manager, .. } = service::new_partial(&config, None)?;
			Ok((cmd.run(client, config.chain_spec), task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts { client, task_manager, import_queue, .. } =
				service::new_partial(&config, None)?;
			Ok((cmd.run(client, import_queue), task_manager))
		}),
		Some(Subcommand::PurgeChain(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
		}
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|config| {
			let Parts { client, task_manager, backend, .. } = service::new_partial(&config, None)?;
			let revert_grandpa = Box::new(|client, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(client, backend, Some(revert_grandpa)), task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
		}
	}
}

/// Runs the node until a signal stops it or one of its essential tasks ends.
///
/// This follows the SDK's runner, except for the log, for which the SDK has only one format, and
/// the shutdown.
fn run_node(cli: &Cli) -> sc_cli::Result<()> {
	let command = &cli.run.base;
	let runtime = sc_cli::build_runtime()?;
	let signals = runtime.block_on(async { Signals::capture() })?;
	let config = command.create_configuration(cli, runtime.handle().clone())?;
	match cli.run.log_format {
		LogFormat::Text => command.init(&Cli::support_url(), &Cli::impl_version(), |_| {})?,
		LogFormat::Json => {
			sp_panic_handler::set(&Cli::support_url(), &Cli::impl_version());
			logs::start(&command.log_filters()?)
				.map_err(|error| sc_cli::Error::Application(error.into()))?;
			if let Err(error) = fdlimit::raise_fd_limit() {
				log::warn!("cannot raise the limit of open files: {error}");
			}
		}
	}
	sc_cli::print_node_infos::<Cli>(&config);

	let ipfs = cli.run.ipfs.clone();
	let compiled = cli.run.compiled_runtimes.as_deref();
	let mut tasks = runtime.block_on(async { service::new_full(config, ipfs, compiled) })?;
	let ended = runtime.block_on(signals.run_until_signal(tasks.future().fuse()));
	stop(runtime, tasks, ended.is_ok());
	ended.map_err(Into::into)
}

/// Ends the tasks of a node. `asked`: whether a signal requested it.
fn stop(runtime: Runtime, tasks: TaskManager, asked: bool) {
	let level = log::max_level();
	if asked {
		log::info!("Stopping");
		// Tasks end in no particular order. An essential task that loses another one before it sees
		// the shutdown logs a failure, although the node was asked to stop.
		log::set_max_level(log::LevelFilter::Off);
	}
	let started = Instant::now();
	let running = tasks.into_task_registry();
	while asked && !running.running_tasks().is_empty() && started.elapsed() < UNSAID {
		std::thread::sleep(Duration::from_millis(10));
	}
	log::set_max_level(level);
	runtime.shutdown_timeout(ENDING);
	for (task, count) in running.running_tasks() {
		log::error!(
			"the task {} ({count} running) did not end within {} s and was stopped",
			task.name,
			started.elapsed().as_secs(),
		);
	}
	if asked {
		log::info!("Stopped");
	}
}
