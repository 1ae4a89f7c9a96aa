//! Listeners on loopback, and the file with their addresses.

use std::{
	io,
	net::{Ipv4Addr, SocketAddr, TcpListener},
	path::{Path, PathBuf},
};

use axum::Router;
use salus_ipfs::server;
use sc_service::SpawnEssentialTaskHandle;
use serde::Serialize;

use crate::files::write_private;

/// Addresses of the listeners, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoints {
	/// Staging area, read-only.
	pub staging: String,
	/// Kubo RPC API of this node or of Kubo.
	pub ipfs: String,
}

/// Reason why a listener cannot be started or its address cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// The port cannot be used.
	#[error(
		"cannot listen on 127.0.0.1:{port}: {source}; choose another port with `--ipfs-api-port`, \
		 or 0 for any"
	)]
	Listen {
		/// Port.
		port: u16,
		/// Cause.
		#[source]
		source: io::Error,
	},
	/// The file with the addresses cannot be written.
	#[error("cannot write {path}: {source}")]
	Write {
		/// File.
		path: PathBuf,
		/// Cause.
		#[source]
		source: io::Error,
	},
}

/// Serves the router on a port of loopback, where 0 means any port. Returns its address.
pub(super) fn listen(
	spawner: &SpawnEssentialTaskHandle,
	name: &'static str,
	port: u16,
	router: Router,
) -> Result<String, Error> {
	let (listener, address) = bind(port).map_err(|source| Error::Listen { port, source })?;
	spawner.spawn(name, Some("salus"), async move {
		let served = match tokio::net::TcpListener::from_std(listener) {
			Ok(listener) => server::serve(listener, router, std::future::pending()).await,
			Err(error) => Err(error),
		};
		if let Err(error) = served {
			log::error!(target: super::LOG_TARGET, "the listener {name} failed: {error}; the node stops, start it again");
		}
	});
	Ok(format!("http://{address}"))
}

fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
	let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
	listener.set_nonblocking(true)?;
	let address = listener.local_addr()?;
	Ok((listener, address))
}

impl Endpoints {
	/// Writes the addresses as JSON to a file that only this user can read.
	pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
		let error = |source| Error::Write { path: path.to_owned(), source };
		let json = serde_json::to_vec_pretty(self).map_err(|source| error(source.into()))?;
		write_private(path, &json).map_err(error)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::fs;

	#[test]
	fn the_file_is_private_and_replaced_at_each_start() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("endpoints.json");
		for port in [1, 2] {
			let endpoints = Endpoints {
				staging: format!("http://127.0.0.1:{port}"),
				ipfs: "http://127.0.0.1:5101".into(),
			};
			endpoints.write(&path).unwrap();
			let json: serde_json::Value =
				serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
			assert_eq!(json["staging"], endpoints.staging);
			assert_eq!(json["ipfs"], endpoints.ipfs);
		}
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = fs::metadata(&path).unwrap().permissions().mode();
			assert_eq!(mode & 0o777, 0o600);
		}
	}

	#[test]
	fn a_used_port_is_an_error_that_names_the_remedy() {
		let (_listener, address) = bind(0).unwrap();
		let port = address.port();
		let error = bind(port).map(drop).unwrap_err();
		let error = Error::Listen { port, source: error }.to_string();
		assert!(error.contains(&port.to_string()) && error.contains("--ipfs-api-port"), "{error}");
	}
}
