//! The addresses at which the server listens.
//!
//! It takes all of them before it serves anything. So if one is in use, nothing is served that its
//! end would interrupt.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::StartError;
use crate::config::Config;

/// The sockets of a server.
#[derive(Debug)]
pub(super) struct Listeners {
	pub(super) fhir: TcpListener,
	pub(super) metrics: Option<TcpListener>,
	/// Sockets for HL7 v2, in the order of the configuration.
	pub(super) hl7: Vec<TcpListener>,
}

impl Listeners {
	/// Listens at all addresses of a configuration, or at none.
	pub(super) async fn bind(config: &Config) -> Result<Self, StartError> {
		let fhir = listen_at(config.listen).await?;
		let metrics = match config.metrics {
			Some(address) => Some(listen_at(address).await?),
			None => None,
		};
		let mut hl7 = Vec::with_capacity(config.hl7.len());
		for one in &config.hl7 {
			hl7.push(listen_at(one.listen).await?);
		}
		Ok(Self { fhir, metrics, hl7 })
	}
}

async fn listen_at(address: SocketAddr) -> Result<TcpListener, StartError> {
	TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::chain_of;

	/// Returns a table of the configuration that receives HL7 v2 at an address.
	fn table(address: &SocketAddr) -> String {
		format!("[[hl7]]\nlisten = \"{address}\"\nclient = \"his\"\ncategory = \"laboratory\"\n")
	}

	/// Returns a configuration with these addresses: FHIR's, the metrics', then HL7 v2's.
	fn config(addresses: &[SocketAddr]) -> Config {
		let [fhir, metrics, hl7 @ ..] = addresses else { panic!("too few: {addresses:?}") };
		let tables: String = hl7.iter().map(table).collect();
		let text = format!(
			"listen = \"{fhir}\"\nmetrics = \"{metrics}\"\nbase = \"http://127.0.0.1\"\n\
			 node = \"ws://127.0.0.1:1\"\nstate = \"state\"\norganisation = 1\n\
			 identifiers = \"secret\"\n{tables}"
		);
		toml::from_str(&text).unwrap()
	}

	#[tokio::test]
	async fn an_address_in_use_keeps_the_server_from_starting() {
		let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
		let held = TcpListener::bind(free).await.unwrap();
		let used = held.local_addr().unwrap();
		assert_eq!(Listeners::bind(&config(&[free; 4])).await.unwrap().hl7.len(), 2);
		for place in 0..4 {
			let mut addresses = [free; 4];
			addresses[place] = used;
			let error = chain_of(&Listeners::bind(&config(&addresses)).await.unwrap_err());
			let says = format!(
				"cannot listen at {used}; end what else listens there, or configure another address"
			);
			assert!(error.starts_with(&says), "{error}");
		}
	}
}
