//! A member of the committee that posts bad shares, with a development key and without a node.

use codec::Encode;
use pallet_committee::Call;
use salus_e2e::{eventually, Node};
use salus_envelope::Delivery;
use salus_primitives::{CommitteeStatement, MemberIndex, Release, SealedShare};
use salus_runtime::{signing, AccountId, Runtime, RuntimeCall, UncheckedExtrinsic};
use salus_threshold::{Binding, ReleaseContext};
use serde_json::{json, Value};
use sp_core::{sr25519, Pair};
use sp_runtime::generic::Era;
use std::time::Duration;

/// What it posts in the place of its share.
#[derive(Clone, Copy, Debug)]
pub enum Bad {
	/// Bytes that nobody sealed.
	Noise,
	/// Something else than a share, sealed as a share has to be.
	Sealed,
}

/// Waits for the next request after `last`, and posts a bad share for it as the member `uri`, in time to come among the first. Gives
/// the number of the request and the member's place.
pub async fn posts(node: &Node, uri: &str, last: u64, bad: Bad) -> (u64, MemberIndex) {
	let release: Release<AccountId> =
		eventually("a permitted request", Duration::from_secs(60), || async {
			let open = node.rpc("salus_openReleases", json!([last + 1, 1])).await.ok()?;
			serde_json::from_value(open.get(0)?.clone()).ok()
		})
		.await;
	let pair = sr25519::Pair::from_string(uri, None).expect("a development key");
	let epoch = node.rpc("salus_epoch", json!([release.epoch])).await.expect("it answers");
	let own = format!("0x{}", hex::encode(pair.public().0));
	let members = epoch["members"].as_array().expect("a list");
	let index = members
		.iter()
		.find(|member| member["id"] == Value::String(own.clone()))
		.and_then(|member| member["index"].as_u64())
		.unwrap_or_else(|| panic!("{own} is no member: {epoch}")) as MemberIndex;
	let genesis: [u8; 32] = {
		let hash = node.rpc("chain_getBlockHash", json!([0])).await;
		let hash = hash.expect("it answers");
		let mut bytes = [0; 32];
		hex::decode_to_slice(&hash.as_str().expect("hex")[2..], &mut bytes).expect("32 bytes");
		bytes
	};
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
			delivery.seal(&release.reader_key, &[9; 64]).expect("the reader's key is a good one")
		}
	};
	let share: SealedShare = share.try_into().expect("it is short enough");
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
	node.rpc("author_submitExtrinsic", json!([bytes]))
		.await
		.expect("the chain cannot look into a share");
	(release.request, index)
}
