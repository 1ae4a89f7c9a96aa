//! `salus storage`: who keeps the encrypted records, and how many copies there are.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::*, Account};
use serde::Serialize;

use super::council;
use crate::{show, Context, Failure};

/// How many versions one request asks for.
const PAGE: u32 = 256;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the storage nodes: which of them are there, and as which peers they get blocks from the others.
	Nodes,
	/// List the versions that fewer storage nodes hold than shall: first those that none holds any more, which are lost.
	Lacking(Lacking),
	/// Say after how many blocks without a word a storage node counts as absent. By a council seat.
	AbsenceLimit(AbsenceLimit),
}

#[derive(Args, Debug)]
pub(crate) struct Lacking {
	/// The most versions to list.
	#[arg(long, value_name = "NUMBER", default_value_t = 100)]
	limit: usize,
}

#[derive(Args, Debug)]
pub(crate) struct AbsenceLimit {
	/// So many; at 2 s a block, 1800 are an hour.
	blocks: u32,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Nodes => nodes(context).await,
		Opts::Lacking(opts) => lacking(opts, context).await,
		Opts::AbsenceLimit(opts) => {
			let call = calls::records::set_absence_limit(opts.blocks);
			council::decide(&call, "The limit is changed", context).await
		}
	}
}

#[derive(Serialize)]
struct Nodes {
	#[serde(flatten)]
	status: ReplicationStatus<Account>,
	/// PeerIds by node: who gets blocks from the others.
	peers: BTreeMap<String, String>,
}

async fn nodes(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let now = client.now();
	let peers = now.storage_peers().await?.unwrap_or_default();
	let nodes = Nodes {
		status: now.replication().await?,
		peers: peers
			.iter()
			.map(|one| (one.node.to_string(), show::peer_id(&one.peer)))
			.collect(),
	};
	context.emit(&nodes, |out| {
		let Nodes { status, peers } = &nodes;
		let rows: Vec<_> = status
			.nodes
			.iter()
			.map(|node| {
				let account = node.node.to_string();
				let peer = peers.get(&account).map_or("-", String::as_str).to_owned();
				vec![
					account,
					if node.present { "yes" } else { "no" }.into(),
					format!("{} blocks ago", status.block.saturating_sub(node.last_seen)),
					peer,
				]
			})
			.collect();
		show::table(out, &["storage node", "there", "last heard of", "peer"], &rows)?;
		writeln!(
			out,
			"\nEach version shall be on {} of them; {} are on fewer. Who is silent for {} blocks counts as absent",
			status.target, status.under_replicated, status.absence_limit
		)
	})
}

#[derive(Serialize)]
struct Lack {
	target: u32,
	versions: Vec<UnderReplicatedVersion<Account>>,
}

async fn lacking(opts: Lacking, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let now = client.now();
	let mut lack = Lack {
		target: now.replication().await?.target,
		versions: Vec::new(),
	};
	while lack.versions.len() < opts.limit {
		let after = lack
			.versions
			.last()
			.map(|last| (last.holders.len() as u32, last.record, last.version));
		let limit = (opts.limit - lack.versions.len()).min(PAGE as usize) as u32;
		let page = now.under_replicated(after, limit).await?;
		if page.is_empty() {
			break;
		}
		lack.versions.extend(page);
	}
	context.emit(&lack, |out| {
		if lack.versions.is_empty() {
			return writeln!(
				out,
				"Every version that was stored is on {} storage nodes",
				lack.target
			);
		}
		let rows: Vec<_> = lack
			.versions
			.iter()
			.map(|version| {
				vec![
					version.record.to_string(),
					version.version.to_string(),
					show::size(version.size),
					match version.holders.len() {
						0 => "LOST".into(),
						holders => format!("{holders} of {}", lack.target),
					},
				]
			})
			.collect();
		show::table(out, &["record", "version", "size", "copies"], &rows)?;
		if lack.versions.iter().any(|version| version.holders.is_empty()) {
			writeln!(
				out,
				"\nNo storage node holds those that are LOST any more. Bring back the nodes that once held them, or their blocks from a\n\
				 backup: they are stored again by themselves. Or add the same file again, as its author"
			)?;
		}
		Ok(())
	})
}
