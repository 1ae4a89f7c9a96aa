//! A Rust client works unmodified: subxt, without generated types and without an extension of its
//! own. It signs no digest of the metadata: `CheckMetadataHash` is disabled.

use salus_e2e::{cast::*, People, PATIENCE};
use subxt::{config::SubstrateConfig, dynamic, OnlineClient};
use subxt_signer::sr25519::Keypair;

#[tokio::test(flavor = "multi_thread")]
async fn subxt_works_without_types_of_its_own() {
	let people = People::start().await;
	tokio::time::timeout(2 * PATIENCE, opt_out(&people.node.url())).await.expect("it ends in time");
}

/// Has a patient without tokens opt out of emergency access.
async fn opt_out(url: &str) {
	let client = OnlineClient::<SubstrateConfig>::from_url(url).await.expect("the node answers");
	let patient = Keypair::from_uri(&PATIENT.parse().expect("a URI")).expect("a key");
	let call = dynamic::transaction("Consent", "set_emergency_opt_out", (true,));
	let at = client.at_current_block().await.expect("the node has a final block");
	let sent = at.transactions().sign_and_submit_then_watch_default(&call, &patient).await;
	let progress = sent.expect("the chain accepts the transaction");
	progress.wait_for_finalized_success().await.expect("a final block has executed the call");
}
