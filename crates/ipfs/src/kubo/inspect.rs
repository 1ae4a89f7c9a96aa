//! Finds out whether a Kubo is closed to the public.
//!
//! A stock Kubo joins the public DHT, announces its blocks there, and gives them to every peer that
//! asks. Records are encrypted, but their ciphertext is only for the consortium. A Kubo counts as
//! closed if
//!
//! * its `Routing.Type` is `none` and it speaks no DHT protocol: it finds no strangers, and they do
//!   not find it;
//! * all its `Bootstrap` and `Peering` peers, if it has any, have addresses in a private network.
//!
//! The RPC API shows neither the key of a private swarm (`swarm.key`) nor a firewall. A Kubo that
//! listens for peers on a public address does not count as open only because of that, but it
//! deserves a warning: [`Exposure`].

use std::{
	fmt,
	net::{Ipv4Addr, Ipv6Addr},
};

use crate::kubo::{self, Config, Identity, Kubo};

/// A connection between a Kubo and strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
	/// The Kubo searches for blocks and peers, and can be found. Holds its `Routing.Type`.
	Routing(Option<String>),
	/// The daemon speaks this DHT protocol, even if the configuration has changed since its start.
	Dht(String),
	/// The Kubo connects to this peer when it starts.
	Bootstrap(String),
	/// The Kubo stays connected to this peer.
	Peering(String),
}

impl Opening {
	/// Returns the command that closes it.
	fn remedy(&self) -> &'static str {
		match self {
			Self::Routing(_) => "ipfs config Routing.Type none",
			// The configuration is right, but the daemon has not read it yet.
			Self::Dht(_) => "ipfs shutdown",
			Self::Bootstrap(_) => "ipfs config --json Bootstrap '[]'",
			Self::Peering(_) => "ipfs config --json Peering.Peers '[]'",
		}
	}
}

impl fmt::Display for Opening {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Routing(None) => {
				f.write_str("it takes part in the public DHT (`Routing.Type` is not set)")
			}
			Self::Routing(Some(kind)) => {
				write!(f, "it searches for peers and can be found (`Routing.Type` is {kind:?})")
			}
			Self::Dht(protocol) => write!(f, "its daemon speaks the DHT protocol {protocol}"),
			Self::Bootstrap(peer) => write!(f, "it connects to the bootstrap peer {peer}"),
			Self::Peering(peer) => write!(f, "it stays connected to the peer {peer}"),
		}
	}
}

/// A port of a Kubo that may be open to strangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exposure {
	/// The Kubo accepts peers at this address.
	Swarm(String),
	/// The Kubo serves files over HTTP at this address.
	Gateway(String),
}

impl fmt::Display for Exposure {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Swarm(address) => write!(
				f,
				"Kubo accepts peers at {address} and gives them any block that they name. Keep \
				 strangers out of this port with the firewall, or close it: \
				 ipfs config --json Addresses.Swarm '[]'"
			),
			Self::Gateway(address) => write!(
				f,
				"Kubo's gateway serves files at {address}. Keep strangers out of this port with \
				 the firewall, or close it: ipfs config Addresses.Gateway ''"
			),
		}
	}
}

/// Reasons why a Kubo does not count as closed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The Kubo is open.
	#[error("{}", open(.url, .openings))]
	Open {
		/// The address of its RPC API.
		url: String,
		openings: Vec<Opening>,
	},
	/// The Kubo's configuration or identity could not be read.
	#[error("cannot find out whether the IPFS node at {url} is closed to the public")]
	Unread {
		/// The address of its RPC API.
		url: String,
		/// Failure of the call.
		#[source]
		source: kubo::Error,
	},
}

impl Error {
	/// Returns whether no server listens there.
	pub fn is_unreachable(&self) -> bool {
		matches!(self, Self::Unread { source, .. } if source.is_unreachable())
	}

	/// Returns whether the same call may succeed later without any change on this side, because
	/// Kubo is down, overloaded, or out of order.
	pub fn is_transient(&self) -> bool {
		match self {
			Self::Open { .. } => false,
			Self::Unread { source, .. } => {
				source.is_transient() || matches!(source, kubo::Error::Refused { .. })
			}
		}
	}
}

/// Returns the error for an open Kubo: its openings, and the commands that close them.
fn open(url: &str, openings: &[Opening]) -> String {
	let causes: Vec<String> = openings.iter().map(ToString::to_string).collect();
	let mut commands: Vec<String> = Vec::new();
	for opening in openings {
		let command = format!("`{}`", opening.remedy());
		if !commands.contains(&command) {
			commands.push(command);
		}
	}
	format!(
		"the Kubo at {url} is open to the public: {}. Close it by {}, then start its daemon again",
		causes.join("; "),
		commands.join(" and "),
	)
}

/// Checks that a Kubo is closed to the public. Returns the ports that may be open to strangers.
pub async fn inspect(kubo: &Kubo) -> Result<Vec<Exposure>, Error> {
	let unread = |source| Error::Unread { url: kubo.url().to_owned(), source };
	let config = kubo.config().await.map_err(unread)?;
	let identity = kubo.id().await.map_err(unread)?;
	let openings = openings(&config, &identity);
	if openings.is_empty() {
		Ok(exposures(&config))
	} else {
		Err(Error::Open { url: kubo.url().to_owned(), openings })
	}
}

fn openings(config: &Config, identity: &Identity) -> Vec<Opening> {
	let mut openings = Vec::new();
	if config.routing.kind.as_deref() != Some("none") {
		openings.push(Opening::Routing(config.routing.kind.clone()));
	} else if let Some(dht) = identity.protocols.iter().find(|name| name.contains("/kad/")) {
		openings.push(Opening::Dht(dht.clone()));
	}
	let bootstrap = config.bootstrap.iter().filter(|peer| !is_private(peer));
	openings.extend(bootstrap.cloned().map(Opening::Bootstrap));
	let peering = config.peering.peers.iter().flat_map(|peer| &peer.addrs);
	let peering = peering.filter(|address| !is_private(address));
	openings.extend(peering.cloned().map(Opening::Peering));
	openings
}

fn exposures(config: &Config) -> Vec<Exposure> {
	let addresses = &config.addresses;
	let swarm = addresses.swarm.iter().cloned().map(Exposure::Swarm);
	let gateway = addresses.gateway.iter().cloned().map(Exposure::Gateway);
	swarm
		.chain(gateway)
		.filter(|exposure| match exposure {
			Exposure::Swarm(address) | Exposure::Gateway(address) => !is_private(address),
		})
		.collect()
}

/// Returns whether a multiaddress belongs to a private network or this machine. A host name does
/// not count, because it may lead anywhere.
fn is_private(address: &str) -> bool {
	let mut parts = address.split('/').skip(1);
	match (parts.next(), parts.next()) {
		(Some("ip4"), Some(ip)) => ip.parse().is_ok_and(is_private_v4),
		(Some("ip6"), Some(ip)) => ip.parse().is_ok_and(is_private_v6),
		(Some("unix"), Some(_)) => true,
		_ => false,
	}
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
	// 100.64.0.0/10, which carriers and VPNs hand out.
	let is_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0b1100_0000 == 64;
	ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
	ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
	use super::*;

	fn config(json: &str) -> Config {
		serde_json::from_str(json).unwrap()
	}

	fn found(json: &str) -> Vec<Opening> {
		openings(&config(json), &Identity::default())
	}

	const CLOSED: &str = r#"{"Routing":{"Type":"none"},"Bootstrap":[],"Peering":{"Peers":null}}"#;

	#[test]
	fn a_kubo_without_routing_and_public_peers_is_closed() {
		for json in [
			CLOSED,
			r#"{"Routing":{"Type":"none"},"Bootstrap":null}"#,
			r#"{"Routing":{"Type":"none","DelegatedRouters":["auto"]},
				"Bootstrap":["/ip4/10.1.2.3/tcp/4001/p2p/Qm"],
				"Peering":{"Peers":[{"ID":"Qm","Addrs":["/ip6/fd00::1/udp/4001/quic-v1"]},
					{"ID":"Qn","Addrs":null}]}}"#,
		] {
			assert_eq!(found(json), [], "{json}");
		}
	}

	#[test]
	fn the_error_for_a_stock_kubo_names_the_commands() {
		let openings = found(r#"{"Routing":{"DelegatedRouters":["auto"]},"Bootstrap":["auto"]}"#);
		let expected = [Opening::Routing(None), Opening::Bootstrap("auto".into())];
		assert_eq!(openings, expected);
		let error = open("http://127.0.0.1:5001/", &openings);
		for part in [
			"`Routing.Type` is not set",
			"bootstrap peer auto",
			"`ipfs config Routing.Type none` and `ipfs config --json Bootstrap '[]'`",
		] {
			assert!(error.contains(part), "{error}");
		}
	}

	#[test]
	fn an_empty_configuration_is_open() {
		assert_eq!(found("{}"), [Opening::Routing(None)]);
	}

	#[test]
	fn any_other_routing_is_open() {
		for kind in ["auto", "autoclient", "dht", "dhtserver", "delegated", "custom", ""] {
			let json = format!(r#"{{"Routing":{{"Type":"{kind}"}},"Bootstrap":[]}}"#);
			assert_eq!(found(&json), [Opening::Routing(Some(kind.into()))]);
		}
	}

	#[test]
	fn a_daemon_with_its_old_configuration_is_open() {
		let dht = "/ipfs/lan/kad/1.0.0".to_owned();
		let identity = Identity {
			protocols: vec!["/ipfs/bitswap/1.2.0".into(), dht.clone()],
			..Identity::default()
		};
		assert_eq!(openings(&config(CLOSED), &identity), [Opening::Dht(dht)]);
	}

	#[test]
	fn public_peers_are_openings() {
		for address in [
			"/dnsaddr/bootstrap.libp2p.io/p2p/Qm",
			"/dns4/kubo.example/tcp/4001",
			"/ip4/104.131.131.82/tcp/4001/p2p/Qm",
			"/ip4/172.32.0.1/tcp/4001",
			"/ip4/100.128.0.1/tcp/4001",
			"/ip6/2604:a880::1/tcp/4001",
			"/ip4/10.0.0/tcp/4001",
			"nonsense",
		] {
			assert!(!is_private(address), "{address}");
		}
		for address in [
			"/ip4/127.0.0.1/tcp/4001",
			"/ip4/192.168.1.2/udp/4001/quic-v1/p2p/Qm",
			"/ip4/172.31.0.1/tcp/4001",
			"/ip4/100.64.0.1/tcp/4001",
			"/ip6/::1/tcp/4001",
			"/ip6/fd12::1/tcp/4001",
			"/unix/run/kubo.sock",
		] {
			assert!(is_private(address), "{address}");
		}
		let peering = r#"{"Routing":{"Type":"none"},
			"Peering":{"Peers":[{"ID":"Qm","Addrs":["/ip4/8.8.8.8/tcp/1"]}]}}"#;
		assert_eq!(found(peering), [Opening::Peering("/ip4/8.8.8.8/tcp/1".into())]);
	}

	#[test]
	fn ports_open_to_strangers_are_reported() {
		let config = config(
			r#"{"Addresses":{"Swarm":["/ip4/0.0.0.0/tcp/4001","/ip4/127.0.0.1/tcp/4001"],
				"Gateway":"/ip4/0.0.0.0/tcp/8080"}}"#,
		);
		assert_eq!(
			exposures(&config),
			[
				Exposure::Swarm("/ip4/0.0.0.0/tcp/4001".into()),
				Exposure::Gateway("/ip4/0.0.0.0/tcp/8080".into()),
			]
		);
		let closed = r#"{"Addresses":{"Swarm":[],"Gateway":""}}"#;
		assert_eq!(exposures(&self::config(closed)), []);
		let many = r#"{"Addresses":{"Swarm":null,"Gateway":["/ip4/127.0.0.1/tcp/8080"]}}"#;
		assert_eq!(exposures(&self::config(many)), []);
	}
}
