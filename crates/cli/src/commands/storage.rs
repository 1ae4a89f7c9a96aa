//! `salus storage`: storage nodes, and the replicas of encrypted records.

use std::{
	collections::BTreeMap,
	io::{self, Write},
};

use clap::{Args, Subcommand};
use salus_client::{
	calls, primitives::*, Account, Error, Eviction, Kept, Missing, RecordNumber, RpcError,
	VersionOf,
};
use serde::Serialize;

use super::council;
use crate::{parse, show, Context, Failure};

/// JSON-RPC error code for a method that the node does not offer.
const METHOD_NOT_FOUND: i32 = -32601;

/// Number of versions per request.
const PAGE: u32 = 256;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// List the storage nodes: whether each is present, and its peer.
	Nodes,
	/// List lost and under-replicated versions, fewest replicas first.
	#[command(alias = "lacking")]
	UnderReplicated(UnderReplicatedOpts),
	/// Stop replicating a record to this node, and remove an incomplete replica. For its operator.
	///
	/// The bytes that were freed, and what stays, are the node's word.
	Evict(Evict),
	/// List the versions that this node says are evicted from it. For its operator.
	Evicted,
	/// Set the absence limit: the number of blocks without an announcement after which a storage
	/// node counts as absent. Requires a council seat.
	AbsenceLimit(AbsenceLimit),
}

#[derive(Args, Debug)]
pub(crate) struct UnderReplicatedOpts {
	/// List at most this number of versions.
	#[arg(long, value_name = "NUMBER", default_value_t = 100)]
	limit: usize,
}

#[derive(Args, Debug)]
pub(crate) struct Evict {
	/// Number of the record, or its first digits.
	#[arg(value_parser = parse::record)]
	record: RecordNumber,
	/// Evict only this version [default: all versions].
	#[arg(long, value_name = "NUMBER")]
	version: Option<Version>,
	/// Undo an eviction: replicate the record to this node again if the node should hold it.
	#[arg(long)]
	undo: bool,
}

#[derive(Args, Debug)]
pub(crate) struct AbsenceLimit {
	/// Absence limit, in blocks (3600 is about an hour).
	blocks: u32,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Nodes => nodes(context).await,
		Opts::UnderReplicated(opts) => under_replicated(opts, context).await,
		Opts::Evict(opts) if opts.undo => readmit(opts, context).await,
		Opts::Evict(opts) => evict(opts, context).await,
		Opts::Evicted => evicted(context).await,
		Opts::AbsenceLimit(opts) => {
			let call = calls::records::set_absence_limit(opts.blocks);
			council::decide(&call, "Changed the absence limit", context).await
		}
	}
}

#[derive(Serialize)]
struct Nodes {
	#[serde(flatten)]
	status: ReplicationStatus<Account>,
	/// Peer ID by storage account. The other nodes serve blocks to these peers.
	peers: BTreeMap<String, String>,
}

impl Nodes {
	fn row(&self, node: &StorageNode<Account>) -> Vec<String> {
		let account = node.node.to_string();
		let peer = self.peers.get(&account).map_or("-", String::as_str).to_owned();
		let age = self.status.block.saturating_sub(node.last_seen) as usize;
		vec![
			account,
			if node.present { "yes" } else { "no" }.into(),
			format!("{} ago", show::count(age, "block", "blocks")),
			peer,
		]
	}
}

async fn nodes(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let now = client.snapshot().await?;
	let peers = now.storage_peers().await?.unwrap_or_default();
	let nodes = Nodes {
		status: now.replication().await?,
		peers: peers.iter().map(|one| (one.node.to_string(), show::peer_id(&one.peer))).collect(),
	};
	context.emit(&nodes, |out| {
		let status = &nodes.status;
		let rows: Vec<_> = status.nodes.iter().map(|node| nodes.row(node)).collect();
		show::table(out, &["storage node", "present", "last announced", "peer"], &rows)?;
		writeln!(
			out,
			"\nReplication target: {}; versions with fewer replicas: {}. A node counts as absent after \
			{} blocks without an announcement",
			status.target, status.under_replicated, status.absence_limit
		)
	})
}

#[derive(Serialize)]
struct UnderReplicated {
	target: u32,
	versions: Vec<UnderReplicatedVersion<Account>>,
}

async fn under_replicated(
	opts: UnderReplicatedOpts,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let client = context.client().await?;
	let now = client.snapshot().await?;
	let mut listed =
		UnderReplicated { target: now.replication().await?.target, versions: Vec::new() };
	while listed.versions.len() < opts.limit {
		let after = listed
			.versions
			.last()
			.map(|last| (last.holders.len() as u32, last.record, last.version));
		let limit = (opts.limit - listed.versions.len()).min(PAGE as usize) as u32;
		let page = now.under_replicated(after, limit).await?;
		if page.is_empty() {
			break;
		}
		listed.versions.extend(page);
	}
	context.emit(&listed, |out| {
		if listed.versions.is_empty() {
			return writeln!(
				out,
				"Every stored version has {}",
				show::count(listed.target as usize, "replica", "replicas")
			);
		}
		let rows: Vec<_> = listed
			.versions
			.iter()
			.map(|version| {
				vec![
					version.record.to_string(),
					version.version.to_string(),
					show::size(version.size),
					match version.holders.len() {
						0 => "LOST".into(),
						holders => format!("{holders} of {}", listed.target),
					},
				]
			})
			.collect();
		show::table(out, &["record", "version", "size", "replicas"], &rows)?;
		if listed.versions.iter().any(|version| version.holders.is_empty()) {
			writeln!(
				out,
				"\nNo storage node holds the versions marked LOST. Bring back the nodes that held them, or restore their blocks\n\
				from a backup; the nodes then confirm them again. Or add the same file again, as its author"
			)?;
		}
		Ok(())
	})
}

/// Adds the remedy to the refusal of a node that accepts no requests from its operator.
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
				Some(Kept::Copy) => "; its replica here is complete and stays",
				Some(Kept::Upload) => "; a member's upload of it stays here",
			};
			writeln!(
				out,
				"Version {version} is no longer replicated to this node; {} freed{kept}",
				show::size(eviction.freed)
			)?;
		}
		writeln!(out, "What was freed, and what stays, is the node's word.")
	})
}

#[derive(Serialize)]
struct VersionList {
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
	let readmitted = VersionList { versions };
	context.emit(&readmitted, |out| match readmitted.versions.len() {
		0 => writeln!(out, "Not evicted, so there is nothing to undo"),
		count => writeln!(
			out,
			"{} replicated to this node again, if the node should hold them",
			show::count(count, "version is", "versions are")
		),
	})
}

async fn evicted(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let evicted = EvictedList { versions: as_operator(client.evicted().await)?, by_node: true };
	context.emit(&evicted, |out| evicted.print(out))
}

/// The versions that the node says are evicted from it. Nothing proves them.
#[derive(Serialize)]
struct EvictedList {
	versions: Vec<VersionOf>,
	by_node: bool,
}

impl EvictedList {
	fn print(&self, out: &mut dyn Write) -> io::Result<()> {
		if self.versions.is_empty() {
			return writeln!(out, "No version is evicted from this node, as the node says");
		}
		let rows: Vec<_> = self
			.versions
			.iter()
			.map(|one| vec![one.record.to_string(), one.version.to_string()])
			.collect();
		show::table(out, &["record", "version"], &rows)?;
		writeln!(out, "\nAll of this is the node's word.")
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn evictions_are_marked_as_the_nodes_word() {
		let shown = |versions: Vec<VersionOf>| {
			let list = EvictedList { versions, by_node: true };
			let mut out = Vec::new();
			list.print(&mut out).unwrap();
			(String::from_utf8(out).unwrap(), serde_json::to_value(&list).unwrap())
		};
		let (none, json) = shown(Vec::new());
		assert!(none.contains("as the node says"), "{none}");
		assert_eq!(json["by_node"], true);
		let one = VersionOf { record: RecordId([7; 32]), version: 2 };
		let (some, json) = shown(vec![one]);
		assert!(some.ends_with("is the node's word.\n"), "{some}");
		assert_eq!(json["by_node"], true);
		assert_eq!(json["versions"][0]["version"], 2);
	}
}
