//! Where the other validators are.
//!
//! Each publishes its addresses in the network's hash table, signed with its session key, and looks up those of the others: a
//! validator that moves is found again without anybody's configuration.

use crate::FullClient;
use futures::StreamExt;
use sc_authority_discovery::WorkerConfig;
use sc_network::{event::Event, service::traits::NetworkService, Multiaddr};
use sc_service::TaskManager;
use sp_keystore::KeystorePtr;
use std::{path::PathBuf, sync::Arc};
use substrate_prometheus_endpoint::Registry;

/// What the discovery of validators needs.
pub struct Params<'a> {
	/// Addresses that the operator said to publish.
	pub addresses: Vec<Multiaddr>,
	/// Whether addresses of private networks are published: a consortium may well have its own.
	pub private: bool,
	/// Where addresses that were found are kept over a restart.
	pub cache: Option<PathBuf>,
	/// The chain.
	pub client: Arc<FullClient>,
	/// The network.
	pub network: Arc<dyn NetworkService>,
	/// Where the session key is.
	pub keystore: KeystorePtr,
	/// Where it counts.
	pub registry: Option<Registry>,
	/// Who runs it.
	pub tasks: &'a TaskManager,
}

/// Publishes this validator's addresses, and looks for those of the others.
pub fn start(params: Params<'_>) {
	let events = params
		.network
		.event_stream("authority-discovery")
		.filter_map(|event| async move {
			match event {
				Event::Dht(event) => Some(event),
				_ => None,
			}
		});
	let (worker, _) = sc_authority_discovery::new_worker_and_service_with_config(
		WorkerConfig {
			publish_non_global_ips: params.private,
			public_addresses: params.addresses,
			// A record that its own node did not sign sends others to someone else.
			strict_record_validation: true,
			persisted_cache_directory: params.cache,
			..Default::default()
		},
		params.client,
		Arc::new(params.network),
		Box::pin(events),
		sc_authority_discovery::Role::PublishAndDiscover(params.keystore),
		params.registry,
		params.tasks.spawn_handle(),
	);
	params
		.tasks
		.spawn_handle()
		.spawn("authority-discovery", Some("networking"), worker.run());
}
