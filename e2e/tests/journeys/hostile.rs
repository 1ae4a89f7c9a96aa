//! A hostile member of the committee, with a development key and without a node, that posts bad
//! shares.

use codec::Encode;
use pallet_committee::Call;
use salus_e2e::{chain, eventually, Node};
use salus_envelope::Delivery;
use salus_primitives::{CommitteeStatement, MemberIndex, Release, SealedShare};
use salus_runtime::{signing, AccountId, Runtime, RuntimeCall, UncheckedExtrinsic};
use salus_threshold::{Binding, ReleaseContext};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair};
use sp_runtime::generic::Era;

/// Contents of a bad share.
#[derive(Clone, Copy, Debug)]
pub enum Bad {
	/// Random bytes, not sealed to anyone.
	Noise,
	/// Other bytes than a share, correctly sealed to the reader.
	Sealed,
}

/// Waits for the next request after `last`, and posts a bad share for it as the member `uri`. The
/// share mostly comes before the honest ones, which wait until the request is final. Returns the
/// number of the request and the member's place.
pub async fn posts(node: &Node, uri: &str, last: u64, bad: Bad) -> (u64, MemberIndex) {
	let release: Release<AccountId> = eventually("a request is permitted", || async {
		let open = node.rpc("salus_openReleases", json!([last + 1, 1])).await.ok()?;
		serde_json::from_value(open.get(0)?.clone()).ok()
	})
	.await;
	let pair = sr25519::Pair::from_string(uri, None).expect("a development key");
	let epoch = node.ask("salus_epoch", json!([release.epoch])).await;
	let own = format!("0x{}", hex::encode(pair.public().0));
	let members = epoch["members"].as_array().expect("a list");
	let index = members
		.iter()
		.find(|member| member["id"] == Value::String(own.clone()))
		.and_then(|member| member["index"].as_u64())
		.unwrap_or_else(|| panic!("{own} is not a member: {epoch}")) as MemberIndex;
	let genesis = chain::genesis(node).await;
	let share = match bad {
		Bad::Noise => vec![7; 120],
		Bad::Sealed => {
			let context = ReleaseContext {
				genesis,
				binding: Binding { record: release.record.0, version: release.version },
				log_entry: release.entry,
				reader_key: release.reader_key,
				purpose: release.purpose as u8,
				expiry: release.expires,
			};
			let delivery = Delivery { release: context.digest(), member: index };
			delivery.seal(&release.reader_key, &[9; 64]).expect("the reader's key is valid")
		}
	};
	let share: SealedShare = share.try_into().expect("the share is short enough");
	let statement = CommitteeStatement::Share {
		request: release.request,
		epoch: release.epoch,
		index,
		share: &share,
	};
	let signature = pair.sign(&statement.to_sign(&genesis));
	let call = Call::<Runtime>::submit_share {
		request: release.request,
		epoch: release.epoch,
		index,
		share,
		signature: signature.into(),
	};
	let transaction = UncheckedExtrinsic::new_transaction(
		RuntimeCall::Committee(call),
		signing::extension(0, Era::Immortal, 0),
	);
	let bytes = format!("0x{}", hex::encode(transaction.encode()));
	// The chain takes it, because it cannot look into a share.
	node.ask("author_submitExtrinsic", json!([bytes])).await;
	(release.request, index)
}
