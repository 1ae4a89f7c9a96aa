//! Checks of the node's storage, and of replicas.

use salus_client::{
	primitives::{Role, MAX_PAGE},
	Account, Client,
};

use super::Report;
use crate::{show, Failure};

/// Checks the node's storage, and the replicas on all storage nodes.
pub(super) async fn check(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let info = client.node_info().await?;
	admission(client, info.storage_account, report).await?;
	report.good("IPFS", format!("{} at {}", info.ipfs.mode, info.ipfs.url));
	report.is_by_node();
	damaged(info.damaged as usize, report);
	lost(client, report).await?;
	pending(client, report).await?;
	replicas(client, report).await
}

/// Reports whether the node's storage account is admitted, and its peer announced.
async fn admission(client: &Client, node: Account, report: &mut Report) -> Result<(), Failure> {
	let now = client.snapshot().await?;
	let memberships = now.memberships(&node).await?;
	let is_admitted = memberships.iter().any(|info| info.role == Role::StorageNode && info.live);
	let peers = now.storage_peers().await?;
	let is_known = peers.is_none_or(|peers| peers.iter().any(|one| one.node == node));
	if is_admitted && is_known {
		report.good("storage node", format!("{node} is admitted"));
	} else if is_admitted {
		report.note(
			"storage node",
			format!("{node} is admitted but has not announced its peer yet, so others serve it no blocks"),
			"normal for some blocks after its admission; otherwise check whether its off-chain worker runs",
		);
	} else if now.organisations().await?.is_empty() {
		report.note(
			"storage node",
			format!("{node}; no organisation is registered yet that could admit it"),
			"with a council seat: salus org register",
		);
	} else {
		report.bad(
			"storage node",
			format!("{node} is not admitted, so records stay pending"),
			"as an organisation's admin: salus member admit --role storage-node --node-key FILE --node-password-file FILE (the key \
			file is 73616c75… in the node's keystore folder; a keystore without a password takes no --node-password-file)",
		);
	}
	// Which account it has.
	report.is_by_node();
	Ok(())
}

/// Reports the number of versions that lack blocks on this node.
fn damaged(versions: usize, report: &mut Report) {
	if versions > 0 {
		report.bad(
			"blocks",
			format!(
				"this node lost blocks of {}, and no other node has served them",
				show::count(versions, "version", "versions")
			),
			"the node keeps asking; see its log under salus::audit, check its disk, and bring back absent nodes",
		);
		report.is_by_node();
	}
}

/// Reports versions that no storage node holds now.
async fn lost(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let lost = count_lost(client).await?;
	if lost > 0 {
		report.bad(
			"lost",
			format!(
				"no storage node holds {}",
				show::count(lost, "version that was stored", "versions that were stored")
			),
			"to list them: salus storage under-replicated; bring back the nodes that held them, or restore their blocks from a backup",
		);
	}
	Ok(())
}

/// Reports versions that no storage node has confirmed yet.
async fn pending(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let status = client.snapshot().await?.storage_status().await?;
	if status.pending > 0 {
		report.note(
			"pending",
			show::count(
				status.pending as usize,
				"version is not stored yet",
				"versions are not stored yet",
			),
			"normal for a minute after adding; otherwise see the log of the storage node",
		);
	}
	Ok(())
}

/// Reports storage nodes and replicas that are missing.
async fn replicas(client: &Client, report: &mut Report) -> Result<(), Failure> {
	let replication = client.snapshot().await?.replication().await?;
	let (present, absent): (Vec<_>, Vec<_>) =
		replication.nodes.iter().partition(|node| node.present);
	let replicas = replicas_text(replication.target as usize, present.len());
	match (replication.under_replicated as usize, absent.len()) {
		(0, 0) if !present.is_empty() => report.good("replicas", replicas),
		_ if present.is_empty() && absent.is_empty() => report.note(
			"replicas",
			replicas,
			"have the organisations' admins admit their nodes as storage nodes",
		),
		(lacking, absent) => {
			let mut found = vec![replicas];
			if lacking > 0 {
				found.push(format!(
					"{} under-replicated",
					show::count(lacking, "version is", "versions are")
				));
			}
			if absent > 0 {
				found.push(format!(
					"{} absent",
					show::count(absent, "storage node is", "storage nodes are")
				));
			}
			report.note(
				"replicas",
				found.join("; "),
				"normal for some minutes after adding, or after a node left; otherwise: salus storage nodes, salus storage under-replicated",
			);
		}
	}
	Ok(())
}

/// Says on how many of the present storage nodes each version should be.
fn replicas_text(target: usize, present: usize) -> String {
	match present {
		0 => format!(
			"no storage node is present; each version should be on {}",
			show::count(target, "storage node", "storage nodes")
		),
		_ if target > present => format!(
			"{} present, fewer than the {target} that each version should be on",
			show::count(present, "storage node is", "storage nodes are")
		),
		_ => format!(
			"each version on {target} of {}",
			show::count(present, "storage node", "storage nodes")
		),
	}
}

/// Counts the versions that no storage node holds. They lead the list of under-replicated versions.
async fn count_lost(client: &Client) -> Result<usize, Failure> {
	let now = client.snapshot().await?;
	let (mut lost, mut after) = (0, None);
	loop {
		let page = now.under_replicated(after, MAX_PAGE).await?;
		let of_page = page.iter().take_while(|version| version.holders.is_empty()).count();
		lost += of_page;
		match page.last() {
			Some(last) if of_page == page.len() => after = Some((0, last.record, last.version)),
			_ => return Ok(lost),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn replicas_are_counted_among_present_nodes() {
		assert!(replicas_text(1, 0)
			.starts_with("no storage node is present; each version should be on 1 storage node"));
		assert_eq!(replicas_text(1, 1), "each version on 1 of 1 storage node");
		assert_eq!(replicas_text(2, 3), "each version on 2 of 3 storage nodes");
		assert!(replicas_text(3, 1).starts_with("1 storage node is present, fewer than the 3"));
	}
}
