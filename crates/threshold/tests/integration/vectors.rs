//! The committed vectors, read back. `docs/threshold-format.md` specifies their content.

use crate::support::*;
use salus_threshold::*;
use serde_json::json;

#[test]
fn the_committed_dealings_give_the_committed_key_and_shares() {
	let vectors = vectors("committee.json");
	let committee = committee();
	assert_eq!(array(&vectors["genesis"]), committee.parameters.genesis());
	assert_eq!(vectors["threshold"], committee.parameters.threshold());
	assert_eq!(array(&vectors["parameters_digest"]), committee.parameters.digest());
	assert_eq!(bytes(&vectors["public"]), committee.public.to_bytes());
	assert_eq!(array(&vectors["public_digest"]), committee.public.digest());
	for (at, member) in vectors["members"].as_array().unwrap().iter().enumerate() {
		let identity = MemberIdentity::from_bytes(&bytes(&member["identity"])).unwrap();
		assert_eq!(identity, committee.secrets[at].identity());
		assert_eq!(bytes(&member["dealing_secret"]), *committee.dealing_secrets[at].to_bytes());
		assert_eq!(bytes(&member["secret_share"]), *committee.shares[at].to_bytes());
	}
}

#[test]
fn the_committed_key_without_the_second_dealing_is_assembled() {
	let vectors = vectors("committee.json");
	let committee = committee();
	let without: Vec<_> = [0, 2, 3].map(|at| committee.verified[at].clone()).into();
	let public = EpochPublic::assemble(&committee.parameters, &without).unwrap();
	assert_eq!(bytes(&vectors["public_without_2"]), public.to_bytes());
}

#[test]
fn every_committed_release_verifies_and_opens() {
	let public = EpochPublic::from_bytes(&bytes(&vectors("committee.json")["public"])).unwrap();
	for vector in vectors("releases.json").as_array().unwrap() {
		let binding = Binding {
			record: array(&vector["record"]),
			version: vector["version"].as_u64().unwrap() as u32,
		};
		let context = ReleaseContext {
			genesis: array(&vector["genesis"]),
			binding,
			log_entry: array(&vector["log_entry"]),
			reader_key: array(&vector["reader_key"]),
			purpose: vector["purpose"].as_u64().unwrap() as u8,
			expiry: vector["expiry"].as_u64().unwrap(),
		};
		assert_eq!(array(&vector["context"]), context.digest());

		let sealed_bytes = bytes(&vector["sealed"]);
		let sealed = SealedKey::from_bytes(&sealed_bytes).unwrap();
		assert_eq!(sealed.to_bytes()[..], sealed_bytes);
		sealed.verify(&public, &binding).unwrap();

		let release = Release::new(&public, &sealed, &context).unwrap();
		let shares: Vec<_> = vector["shares"]
			.as_array()
			.unwrap()
			.iter()
			.map(|share| (share["member"].as_u64().unwrap() as u16, bytes(&share["share"])))
			.collect();
		for (member, share) in &shares {
			release.verify(*member, share).unwrap();
		}
		let opened = release.combine(named(&shares)).unwrap();
		assert_eq!(array(&vector["dek"]), *opened.dek);
		assert!(opened.bad.is_empty());
	}
}

/// Writes new vectors: `cargo test --release -p salus-threshold --test integration -- --ignored`.
///
/// Use it only when the format changes, together with its version. The node's tests begin with this
/// committee: write their `dealings.json` again, too.
#[test]
#[ignore = "replaces the committed vectors"]
fn write_vectors() {
	let committee = deal_now(4);
	let members: Vec<_> = (0..4)
		.map(|at| {
			json!({
				"index": at + 1,
				"secret": hex::encode(committee.secrets[at].to_bytes()),
				"identity": hex::encode(committee.secrets[at].identity().to_bytes()),
				"dealing": hex::encode(&committee.dealings[at]),
				"dealing_secret": hex::encode(committee.dealing_secrets[at].to_bytes()),
				"secret_share": hex::encode(committee.shares[at].to_bytes()),
			})
		})
		.collect();
	let without: Vec<_> = [0, 2, 3].map(|at| committee.verified[at].clone()).into();
	let without = EpochPublic::assemble(&committee.parameters, &without).unwrap();
	let whole = json!({
		"genesis": hex::encode(GENESIS),
		"epoch": committee.parameters.epoch(),
		"threshold": committee.parameters.threshold(),
		"parameters_digest": hex::encode(committee.parameters.digest()),
		"members": members,
		"public": hex::encode(committee.public.to_bytes()),
		"public_digest": hex::encode(committee.public.digest()),
		"public_without_2": hex::encode(without.to_bytes()),
	});
	write("committee.json", &whole);

	let releases: Vec<_> = [
		(BINDING, 4, 1_000),
		(Binding { record: [0xee; 32], version: u32::MAX }, 0, u64::MAX >> 12),
	]
	.into_iter()
	.map(|(binding, purpose, expiry)| {
		let context = ReleaseContext { binding, purpose, expiry, ..context() };
		let sealed = committee.public.seal(&DEK, &binding).unwrap();
		let release = Release::new(&committee.public, &sealed, &context).unwrap();
		let shares: Vec<_> = committee
			.shares
			.iter()
			.map(|secret| {
				json!({
					"member": secret.member(),
					"share": hex::encode(release.share(secret).unwrap()),
				})
			})
			.collect();
		json!({
			"genesis": hex::encode(GENESIS),
			"record": hex::encode(binding.record),
			"version": binding.version,
			"log_entry": hex::encode(context.log_entry),
			"reader_key": hex::encode(context.reader_key),
			"purpose": purpose,
			"expiry": expiry,
			"context": hex::encode(context.digest()),
			"dek": hex::encode(DEK),
			"sealed": hex::encode(sealed.to_bytes()),
			"shares": shares,
		})
	})
	.collect();
	write("releases.json", &json!(releases));
}

fn write(name: &str, value: &serde_json::Value) {
	let mut text = serde_json::to_string_pretty(value).unwrap();
	text.push('\n');
	std::fs::write(path(name), text).unwrap();
}
