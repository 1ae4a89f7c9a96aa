//! The commands, one function each.

use std::{future::Future, time::Duration};

use axum::{
	extract::{multipart::Field, Multipart, Query, State},
	response::Response,
};
use serde_json::json;

use super::{
	arguments::{check_hash, codec, Arguments},
	car,
	reply::{CommandError, Reply},
	walk, Blocks, Options, Shared,
};
use crate::{
	content::{unixfs::Block, MAX_BLOCK},
	store::{BlockStore, Error as StoreError},
};

type Pairs = Query<Vec<(String, String)>>;

pub(super) async fn block_get<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let cid = Arguments(pairs).cid()?;
	let data =
		shared.work(move |blocks| blocks.get(&cid)?.ok_or(CommandError::absent(&cid))).await?;
	Ok(Reply::raw(data))
}

pub(super) async fn block_stat<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let cid = Arguments(pairs).cid()?;
	let size =
		shared.work(move |blocks| blocks.size(&cid)?.ok_or(CommandError::absent(&cid))).await?;
	Ok(Reply::json(&json!({ "Key": cid, "Size": size })))
}

pub(super) async fn cat<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let root = arguments.cid()?;
	let offset = arguments.number("offset")?.unwrap_or(0);
	let length = arguments.number("length")?.unwrap_or(u64::MAX);
	let slot = shared.slot().await;
	walk::cat(shared.blocks.clone(), slot, root, offset, length).await
}

pub(super) async fn refs<B: Blocks>(
	State(shared): State<Shared<B>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let roots = arguments.cids()?;
	let recursive = arguments.flag("recursive", false)?;
	let lines = shared.work(move |blocks| Ok(walk::refs(blocks, &roots, recursive))).await?;
	Ok(Reply::lines(&lines))
}

pub(super) async fn id<B: Blocks>(State(shared): State<Shared<B>>) -> Response {
	let Options { peer_id, addresses, agent, .. } = &shared.options;
	Reply::json(&json!({
		"ID": peer_id,
		"PublicKey": "",
		"Addresses": addresses,
		"AgentVersion": agent,
		"Protocols": ["/ipfs/bitswap/1.2.0"],
	}))
}

pub(super) async fn version<B: Blocks>(State(shared): State<Shared<B>>) -> Response {
	let agent = &shared.options.agent;
	Reply::json(&json!({
		"Version": agent.rsplit('/').next().unwrap_or(agent),
		"Commit": "",
		"Repo": "0",
		"System": format!("{}/{}", std::env::consts::ARCH, std::env::consts::OS),
		"Golang": "",
	}))
}

/// Returns the configuration of a Kubo that is [closed](crate::kubo::inspect) to the public, which
/// is true here: only the node itself gives blocks to peers.
pub(super) async fn config_show() -> Response {
	Reply::json(&json!({
		"Addresses": { "Swarm": [], "Gateway": "" },
		"Bootstrap": [],
		"Peering": { "Peers": [] },
		"Routing": { "Type": "none" },
	}))
}

pub(super) async fn block_put(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
	mut form: Multipart,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let codec = codec(&arguments)?;
	check_hash(&arguments)?;
	let pin = arguments.flag("pin", false)?;
	let deadline = shared.options.body_deadline;
	let mut lines = Vec::new();
	while let Some(mut field) = in_time(deadline, form.next_field()).await?? {
		let data = in_time(deadline, read_block(&mut field)).await??;
		let line = shared
			.work(move |store| {
				let Block { cid, data } = Block::new(codec, data);
				store.put(&cid, &data)?;
				if pin {
					store.pin(&cid)?;
				}
				Ok(json!({ "Key": cid, "Size": data.len() }))
			})
			.await?;
		lines.push(line);
	}
	if lines.is_empty() {
		return Err(CommandError::bad("file argument 'data' is required".into()));
	}
	Ok(Reply::lines(&lines))
}

pub(super) async fn block_rm(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let cids = arguments.cids()?;
	let force = arguments.flag("force", false)?;
	let lines = shared.work(move |store| walk::remove(store, &cids, force)).await?;
	Ok(Reply::lines(&lines))
}

pub(super) async fn pin_add(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let roots = arguments.cids()?;
	if !arguments.flag("recursive", true)? {
		return Err(CommandError::Error("pin: only recursive pins are supported".into()));
	}
	let roots = shared
		.work(move |store| {
			for root in &roots {
				store.pin(root).map_err(|error| match error {
					StoreError::Incomplete { missing, .. } => CommandError::Error(format!(
						"pin: block was not found locally (offline): ipld: could not find {missing}"
					)),
					other => CommandError::failed(&other),
				})?;
			}
			Ok(roots)
		})
		.await?;
	Ok(Reply::json(&json!({ "Pins": roots })))
}

pub(super) async fn pin_rm(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let roots = Arguments(pairs).cids()?;
	let roots = shared
		.work(move |store| {
			for root in &roots {
				if !store.unpin(root)? {
					return Err(CommandError::Error("not pinned or pinned indirectly".into()));
				}
			}
			Ok(roots)
		})
		.await?;
	Ok(Reply::json(&json!({ "Pins": roots })))
}

pub(super) async fn pin_ls(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let kind = walk::Kind::parse(arguments.get("type").unwrap_or("all"))?;
	let stream = arguments.flag("stream", false)?;
	let asked = match arguments.get("arg") {
		None => None,
		Some(_) => Some(arguments.cids()?),
	};
	let pins = shared.work(move |store| walk::pins(store, kind, asked.as_deref())).await?;
	Ok(if stream {
		let lines: Vec<_> =
			pins.iter().map(|(cid, kind)| json!({ "Cid": cid, "Type": kind })).collect();
		Reply::lines(&lines)
	} else {
		let keys: serde_json::Map<_, _> = pins
			.iter()
			.map(|(cid, kind)| (cid.to_string(), json!({ "Type": kind, "Name": "" })))
			.collect();
		Reply::json(&json!({ "Keys": keys }))
	})
}

pub(super) async fn dag_import(
	State(shared): State<Shared<BlockStore>>,
	Query(pairs): Pairs,
	mut form: Multipart,
) -> Result<Response, CommandError> {
	let arguments = Arguments(pairs);
	let pin = arguments.flag("pin-roots", true)?;
	let stats = arguments.flag("stats", false)?;
	let deadline = shared.options.body_deadline;
	let mut import = car::Import::default();
	let mut files = 0;
	while let Some(mut field) = in_time(deadline, form.next_field()).await?? {
		files += 1;
		let mut reader = car::Reader::default();
		loop {
			let chunk = in_time(deadline, field.chunk()).await??;
			let end = chunk.is_none();
			let blocks = reader.feed(chunk.as_deref().unwrap_or_default(), end, &mut import)?;
			if !blocks.is_empty() {
				shared
					.work(move |store| {
						blocks.iter().try_for_each(|block| {
							store.put(&block.cid, &block.data).map(drop).map_err(CommandError::from)
						})
					})
					.await?;
			}
			if end {
				break;
			}
		}
	}
	if files == 0 {
		return Err(CommandError::bad("file argument 'path' is required".into()));
	}
	let lines = shared.work(move |store| Ok(import.finish(store, pin, stats))).await?;
	Ok(Reply::lines(&lines))
}

/// Limits the time for a part of a request to arrive.
async fn in_time<T>(
	deadline: Duration,
	future: impl Future<Output = T>,
) -> Result<T, CommandError> {
	tokio::time::timeout(deadline, future)
		.await
		.map_err(|_| CommandError::Error(format!("the request did not arrive within {deadline:?}")))
}

/// Reads one file of a form, up to the size limit of a block.
async fn read_block(field: &mut Field<'_>) -> Result<Vec<u8>, CommandError> {
	let mut data = Vec::new();
	while let Some(chunk) = field.chunk().await? {
		if data.len() + chunk.len() > MAX_BLOCK {
			return Err(CommandError::Error(format!(
				"produced block is over {MAX_BLOCK} bytes: Bitswap carries no larger ones"
			)));
		}
		data.extend_from_slice(&chunk);
	}
	Ok(data)
}
