//! `salus storage`: who keeps the encrypted records, and how many copies there are.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use salus_client::{
	calls, primitives::*, Account, Error, Eviction, Kept, Missing, RecordNumber, RpcError,
	VersionOf,
};
use serde::Serialize;

use super::council;
use crate::{parse, show, Context, Failure};

/// What a node answers when its server does not permit a method.
const METHOD_NOT_FOUND: i32 = -32601;

/// How many versions one request asks for.
const PAGE: u32 = 256;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the storage nodes: whether each is present, and its peer.
	Nodes,
	/// List lost and under-replicated versions, fewest replicas first.
	Lacking(Lacking),
	/// Stop copying a record to this node, and remove the part that was copied. For the operator.
	Evict(Evict),
	/// List the versions that are not copied to this node. For the operator.
	Evicted,
	/// Set how long a storage node may stay silent before it counts as absent. By a council seat.
	AbsenceLimit(AbsenceLimit),
}

#[derive(Args, Debug)]
pub(crate) struct Lacking {
	/// The most versions to list.
	#[arg(long, value_name = "NUMBER", default_value_t = 100)]
	limit: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Evict {
	/// The record.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// This version alone; all of them if left out.
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Copy it to this node again, if it should be held here.
	#[arg(long)]
	undo: bool,
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
		Opts::Evict(opts) if opts.undo => readmit(opts, context).await,
		Opts::Evict(opts) => evict(opts, context).await,
		Opts::Evicted => evicted(context).await,
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
		peers: peers.iter().map(|one| (one.node.to_string(), show::peer_id(&one.peer))).collect(),
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
					format!(
						"{} ago",
						show::count(
							status.block.saturating_sub(node.last_seen) as usize,
							"block",
							"blocks"
						)
					),
					peer,
				]
			})
			.collect();
		show::table(out, &["storage node", "there", "last heard of", "peer"], &rows)?;
		writeln!(
			out,
			"\nReplication target: {}; versions with fewer replicas: {}. A node that is silent for {} \
			 blocks counts as absent",
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
	let mut lack = Lack { target: now.replication().await?.target, versions: Vec::new() };
	while lack.versions.len() < opts.limit {
		let after =
			lack.versions.last().map(|last| (last.holders.len() as u32, last.record, last.version));
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

/// The node's answer to its operator. One that refuses to be asked gets a remedy.
fn as_operator<T>(answer: Result<T, RpcError>) -> Result<T, Failure> {
	answer.map_err(|error| match error {
		RpcError::Refused { code: METHOD_NOT_FOUND, .. } => Failure::NotForOperators(error),
		error => error.into(),
	})
}

#[derive(Serialize)]
struct EvictedVersion {
	version: Version,
	#[serde(flatten)]
	eviction: Eviction,
}

async fn evict(opts: Evict, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let record = client.find_record(opts.record).await?;
	let details = client.now().record(record).await?;
	let details = details.ok_or(Error::NotFound(Missing::Record(record)))?;
	let versions = details.versions.iter().map(|details| details.version);
	let versions: Vec<_> =
		versions.filter(|version| opts.version.is_none_or(|only| only == *version)).collect();
	if versions.is_empty() {
		let missing = match opts.version {
			Some(version) => Missing::Version(record, version),
			None => Missing::Record(record),
		};
		return Err(Error::NotFound(missing).into());
	}
	let mut done = Vec::new();
	for version in versions {
		let eviction = as_operator(client.evict(record, version).await)?;
		done.push(EvictedVersion { version, eviction });
	}
	context.emit(&done, |out| {
		for EvictedVersion { version, eviction } in &done {
			let kept = match eviction.kept {
				None => "",
				Some(Kept::Copy) => "; its copy here is complete, and stays",
				Some(Kept::Upload) => "; what a member uploads here stays",
			};
			writeln!(
				out,
				"Version {version} is not copied to this node any more; {} are free{kept}",
				show::size(eviction.freed)
			)?;
		}
		Ok(())
	})
}

#[derive(Serialize)]
struct Listed {
	versions: Vec<VersionOf>,
}

async fn readmit(opts: Evict, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let record = client.find_record(opts.record).await?;
	let mut versions = as_operator(client.evicted().await)?;
	versions
		.retain(|one| one.record == record && opts.version.is_none_or(|only| only == one.version));
	for one in &versions {
		as_operator(client.readmit(one.record, one.version).await)?;
	}
	let readmitted = Listed { versions };
	context.emit(&readmitted, |out| match readmitted.versions.len() {
		0 => writeln!(out, "Nothing of this record was evicted"),
		count => writeln!(
			out,
			"{count} versions are copied to this node again, if they should be held here"
		),
	})
}

async fn evicted(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let evicted = Listed { versions: as_operator(client.evicted().await)? };
	context.emit(&evicted, |out| {
		if evicted.versions.is_empty() {
			return writeln!(out, "Nothing is evicted from this node");
		}
		let rows: Vec<_> = evicted
			.versions
			.iter()
			.map(|one| vec![one.record.to_string(), one.version.to_string()])
			.collect();
		show::table(out, &["record", "version"], &rows)
	})
}
