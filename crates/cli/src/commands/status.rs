//! `salus status`: reads the state of the node, the chain, the storage and the committee, and shows
//! it.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::committee;
use crate::{show, Context, Failure};
use salus_client::{
	primitives::{Epoch, StorageStatus, VersionState},
	words, Account, NodeInfo, NodeStatus, Pending,
};

#[derive(Args, Debug)]
pub(crate) struct Opts {}

#[derive(Serialize)]
struct Status {
	url: String,
	#[serde(with = "salus_client::json::hex")]
	genesis: [u8; 32],
	node: Node,
	/// Whether the last final block is more than ten minutes old, so that newer changes may be
	/// missing.
	stale: bool,
	storage: StorageStatus,
	/// Number of entries in all access logs together; `null` if the runtime does not count them.
	log_entries: Option<u64>,
	committee: Committee,
	uploads: Pending,
}

#[derive(Serialize)]
struct Committee {
	/// Epoch whose key is in use.
	active: Option<Epoch>,
	threshold: Option<u32>,
	members: Option<usize>,
	/// Epoch that is forming its key, if there is one.
	forming: Option<Epoch>,
	#[serde(skip)]
	text: String,
}

#[derive(Serialize)]
struct Node {
	#[serde(flatten)]
	status: NodeStatus,
	#[serde(flatten)]
	info: NodeInfo<Account>,
}

pub(crate) async fn run(_: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let status = collect(context).await?;
	context.emit(&status, |out| status.write(out))
}

/// Reads the state of the node, the chain and this machine's uploads.
async fn collect(context: &Context<'_>) -> Result<Status, Failure> {
	let client = context.client().await?;
	let (active, forming) = client.committee().await?;
	let mut text = match &active {
		Some(info) => format!("epoch {}, {}", info.epoch, committee::threshold(info)),
		None => "no key is in use".into(),
	};
	if let Some(info) = &forming {
		let phase = words::epoch_phase(info.phase);
		text.push_str(&format!("; epoch {} is forming ({phase})", info.epoch));
	}
	let now = client.snapshot().await?;
	Ok(Status {
		url: client.url(),
		genesis: client.genesis(),
		node: Node { status: client.node_status().await?, info: client.node_info().await? },
		stale: client.is_stale().await?,
		storage: now.storage_status().await?,
		log_entries: now.log_entries().await?,
		committee: Committee {
			active: active.as_ref().map(|info| info.epoch),
			threshold: active.as_ref().map(|info| info.threshold),
			members: active.as_ref().map(|info| info.members.len()),
			forming: forming.map(|info| info.epoch),
			text,
		},
		uploads: context.state()?.pending(),
	})
}

impl Status {
	/// Writes the state as text.
	fn write(&self, out: &mut dyn Write) -> io::Result<()> {
		let Node { status: node, info } = &self.node;
		let syncing = if node.syncing { " (catching up)" } else { "" };
		let pending = words::state(VersionState::Pending);
		let records = format!(
			"{} live, {} {pending}, {} under way",
			self.storage.records,
			self.storage.pending,
			show::count(self.storage.removals as usize, "removal", "removals")
		);
		let logs = self.log_entries.map_or("not counted".into(), |entries| {
			show::count(entries as usize, "entry", "entries")
		});
		let Pending { uploads, bytes } = self.uploads;
		show::pairs(
			out,
			&[
				("node", format!("{} at {}", node.software, self.url)),
				("chain", format!("{}, runtime {}", node.chain, node.spec_version)),
				("block", format!("{}, final {}{syncing}", node.best, node.finalized)),
				("chain clock", show::moment(node.clock)),
				("peers", node.peers.to_string()),
				("storage node", info.storage_account.to_string()),
				("IPFS", format!("{} at {}", info.ipfs.mode, info.ipfs.url)),
				("records", records),
				("access logs", logs),
				("committee", self.committee.text.clone()),
				("uploads here", format!("{uploads} unfinished ({})", show::size(bytes))),
			],
		)?;
		writeln!(
			out,
			"\nRecords, access logs and committee are proved; the rest is the node's word."
		)
	}
}
