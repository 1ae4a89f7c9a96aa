//! Discovery of the other validators' addresses.
//!
//! Each validator publishes its addresses in the network's hash table, signed with its session key,
//! and looks up the others' addresses. A validator that moves is found again without any
//! configuration.

use crate::FullClient;
use futures::StreamExt;
use sc_authority_discovery::WorkerConfig;
use sc_network::{event::Event, service::traits::NetworkService, Multiaddr};
use sc_service::TaskManager;
use sp_keystore::KeystorePtr;
use std::{path::PathBuf, sync::Arc};
use substrate_prometheus_endpoint::Registry;

/// Parameters of the discovery of validators.
pub struct Params<'a> {
	/// Addresses to publish, as configured by the operator.
	pub addresses: Vec<Multiaddr>,
	/// Whether to publish addresses of private networks, which a consortium may use.
	pub private: bool,
	/// Folder that keeps found addresses over a restart.
	pub cache: Option<PathBuf>,
	/// Client of the chain.
	pub client: Arc<FullClient>,
	/// Network service.
	pub network: Arc<dyn NetworkService>,
	/// Keystore with the session key.
	pub keystore: KeystorePtr,
	/// Registry for metrics.
	pub registry: Option<Registry>,
	/// Task manager that runs the discovery.
	pub tasks: &'a TaskManager,
}

/// Publishes this validator's addresses and looks up the others'.
pub fn start(params: Params<'_>) {
	let events =
		params.network.event_stream("authority-discovery").filter_map(|event| async move {
			match event {
				Event::Dht(event) => Some(event),
				_ => None,
			}
		});
	let (worker, _) = sc_authority_discovery::new_worker_and_service_with_config(
		WorkerConfig {
			publish_non_global_ips: params.private,
			public_addresses: params.addresses,
			// A record that its own node did not sign could direct others to someone else.
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
	params.tasks.spawn_handle().spawn("authority-discovery", Some("networking"), worker.run());
}
