//! A node that lies about what the runtime says of itself: its version, and the names of its calls.

use super::Deceived;
use codec::Encode;
use salus_client::Account;
use salus_e2e::{cast::*, chain, liar::Lie, Cli};
use salus_runtime::RuntimeCall;
use std::{
	fs,
	path::{Path, PathBuf},
};

/// Methods and functions whose answers are metadata.
const METADATA: [&str; 3] =
	["Metadata_metadata", "Metadata_metadata_at_version", "state_getMetadata"];

/// End of the name of a file that keeps metadata of version 15, behind its SHA-256.
const KEPT: &str = ".Metadata_metadata_at_version.0f000000";

/// Returns the replacements that swap two calls in hexadecimal metadata.
fn swap() -> [(&'static str, &'static str); 3] {
	let encoded = |name: &str| -> &'static str { hex::encode(name.encode()).leak() };
	let (one, other) = (encoded("suspend_member"), encoded("reinstate_member"));
	let between = encoded("neither_of_the_two");
	[(one, between), (other, one), (between, other)]
}

/// Returns the files below a folder that keep metadata.
fn kept_metadata(folder: &Path) -> Vec<PathBuf> {
	let mut found = Vec::new();
	for entry in fs::read_dir(folder).expect("the folder is readable").flatten() {
		let path = entry.path();
		if path.is_dir() {
			found.extend(kept_metadata(&path));
		} else if path.to_string_lossy().ends_with(KEPT) {
			found.push(path);
		}
	}
	found
}

/// Swaps two calls in metadata that is kept, with the checksum that is then right.
fn swap_in(path: &Path) {
	let kept = fs::read(path).expect("the file is readable");
	let mut text = hex::encode(&kept[32..]);
	let [(one, between), (other, _), _] = swap();
	for (name, count) in [(one, 1), (other, 1), (between, 0)] {
		assert_eq!(text.matches(name).count(), count, "{name}");
	}
	for (from, to) in swap() {
		text = text.replace(from, to);
	}
	let metadata = hex::decode(text).expect("hexadecimal");
	let sum = sp_crypto_hashing::sha2_256(&metadata);
	fs::write(path, [&sum[..], &metadata].concat()).expect("the file is writable");
}

/// Returns the words that name doctor B's membership.
async fn member(deceived: &Deceived) -> String {
	let doctor = deceived.people.account(DOCTOR_B).await;
	format!("--org {HOSPITAL_B} --role practitioner {doctor}")
}

/// Asserts that hospital B's administrator has signed nothing after a block but suspensions.
async fn assert_suspends_only(deceived: &Deceived, block: u64) {
	let account: Account = deceived.people.account(ADMIN_B).await.parse().expect("an address");
	let (calls, _) = deceived.signed_after(block, &account.0).await;
	let is_meant = |call: &RuntimeCall| {
		matches!(call, RuntimeCall::Roles(pallet_roles::Call::suspend_member { .. }))
	};
	assert!(calls.iter().all(is_meant), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_swapped_in_metadata_are_not_signed() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let member = member(&deceived).await;
	let (suspend, reinstate) =
		(format!("member suspend {member}"), format!("member reinstate {member}"));

	// The node swaps them, in a first session and in a later one.
	let lies = || {
		let of = |name: &'static str| swap().map(|(from, to)| (name, Lie::Replaced(from, to)));
		METADATA.into_iter().flat_map(of).collect::<Vec<_>>()
	};
	for cli in [Cli::new(&deceived.liar.url(), &people.path("fresh")), deceived.cli.clone()] {
		let before = chain::best(&people.node).await;
		deceived.liar.always(lies());
		let result = cli.try_run(ADMIN_B, &suspend).await;
		assert!(!result.is_crash(), "{result:?}");
		assert_suspends_only(&deceived, before).await;
		// Reinstating fails if the suspension was refused.
		people.cli.try_run(VICE_B, &reinstate).await;
	}

	// Somebody swaps them in what this machine keeps. The digest in the runtime is another.
	people.cli.run(ADMIN_B, &suspend).await;
	people.cli.run(VICE_B, &reinstate).await;
	let kept = kept_metadata(&people.path("state"));
	assert!(!kept.is_empty(), "no metadata is kept");
	for path in &kept {
		swap_in(path);
	}
	deceived.liar.begin(None);
	let result = deceived.cli.try_run(ADMIN_B, &suspend).await;
	assert_ne!(result.code, 0, "{result:?}");
	assert!(result.err.contains("is not that of its metadata"), "{result:?}");
	assert!(deceived.liar.sent().is_empty(), "it was signed and sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_about_the_version_has_no_effect() {
	let deceived = Deceived::start().await;
	let people = &deceived.people;
	let suspend = format!("member suspend {}", member(&deceived).await);
	let before = chain::best(&people.node).await;
	for (from, to, is_refused) in [
		(r#""transactionVersion":"#, r#""transactionVersion":9"#, true),
		(r#""specName":"salus""#, r#""specName":"other""#, true),
		(r#""specVersion":"#, r#""specVersion":9"#, false),
	] {
		deceived.liar.always(vec![("state_getRuntimeVersion", Lie::Replaced(from, to))]);
		let result = deceived.cli.try_run(ADMIN_B, &suspend).await;
		assert!(deceived.liar.told() > 0, "{from}: {result:?}");
		assert!(!result.is_crash(), "{from}: {result:?}");
		if is_refused {
			assert_ne!(result.code, 0, "{from}: {result:?}");
			assert!(deceived.liar.sent().is_empty(), "{from}: it was signed and sent");
		}
		assert_suspends_only(&deceived, before).await;
	}
}
