//! Options of the command line about IPFS and staging.

use std::{fmt, net::IpAddr, str::FromStr};

use salus_ipfs::staging::Limits;
use sc_network::PeerId;

const GIB: u64 = 1 << 30;

/// Storage of the records' ciphertext.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
	/// The node's own block store, which it serves over Bitswap.
	Embedded,
	/// A Kubo node, by the address of its RPC API, without a slash at the end.
	Kubo(String),
}

/// Reason why a value of `--ipfs` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
	/// The value is neither `embedded` nor an address.
	#[error("this is neither `embedded` nor the address of a Kubo RPC API; give one such as http://127.0.0.1:5001")]
	Unknown,
	/// The address is not plain HTTP, which is what the off-chain worker's client speaks.
	#[error(
		"the address of the Kubo RPC API must begin with http://; keep Kubo on this machine or in a private network"
	)]
	NotHttp,
	/// The address has a user name or password, which would appear in logs.
	#[error("the address has a user name or password, which would appear in logs; leave it out")]
	Credentials,
	/// The address has a path, a query or a fragment.
	#[error("the address has more than host and port; give only these, such as http://127.0.0.1:5001 (the node adds the path /api/v0)")]
	Path,
}

impl FromStr for Mode {
	type Err = ModeError;

	fn from_str(text: &str) -> Result<Self, ModeError> {
		if text == "embedded" {
			return Ok(Self::Embedded);
		}
		let (scheme, rest) = text.split_once("://").ok_or(ModeError::Unknown)?;
		if scheme != "http" {
			return Err(ModeError::NotHttp);
		}
		let authority = rest.strip_suffix('/').unwrap_or(rest);
		if authority.contains('@') {
			return Err(ModeError::Credentials);
		}
		if authority.contains(['/', '?', '#']) {
			return Err(ModeError::Path);
		}
		let visible = authority.chars().all(|character| character.is_ascii_graphic());
		if authority.is_empty() || authority.starts_with(':') || !visible {
			return Err(ModeError::Unknown);
		}
		Ok(Self::Kubo(format!("http://{authority}")))
	}
}

impl Mode {
	/// Returns whether the Kubo RPC API is on this machine: its address or name can lead nowhere
	/// else.
	pub fn is_local(&self) -> bool {
		let Self::Kubo(url) = self else {
			return true;
		};
		let authority = url.trim_start_matches("http://");
		let host = match authority.strip_prefix('[') {
			Some(rest) => rest.split(']').next().unwrap_or_default(),
			None => authority.split(':').next().unwrap_or_default(),
		};
		host.eq_ignore_ascii_case("localhost")
			|| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
	}
}

impl fmt::Display for Mode {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Embedded => f.write_str("embedded"),
			Self::Kubo(url) => f.write_str(url),
		}
	}
}

/// Options about IPFS and the staging area, for `#[command(flatten)]` in the node's own.
#[derive(Clone, Debug, clap::Args)]
pub struct IpfsArgs {
	/// Store the encrypted records' blocks here: `embedded` for the node's own block store, or the
	/// address of a Kubo node's RPC API, such as http://127.0.0.1:5001.
	#[arg(long = "ipfs", value_name = "embedded|URL", default_value_t = Mode::Embedded)]
	pub mode: Mode,

	/// Use the Kubo of `--ipfs` even if it is open to the public: it searches for peers, can be
	/// found by them, or does not show its configuration. Strangers can then fetch the ciphertext
	/// of records.
	#[arg(long = "allow-public-ipfs")]
	pub allow_public: bool,

	/// Use the Kubo of `--ipfs` even if it is on another machine. The connection is not encrypted
	/// and needs no password, so use this only where the network itself protects it.
	#[arg(long = "allow-remote-ipfs")]
	pub allow_remote: bool,

	/// Serve the embedded store's Kubo RPC API on this port of loopback. With 0, the system chooses
	/// one. The file `salus/endpoints.json` in the chain's folder names the port.
	#[arg(long = "ipfs-api-port", value_name = "PORT", default_value_t = 5101)]
	pub api_port: u16,

	/// Limit the uploads in the staging area, in GiB. One organisation may use half of it, and one
	/// account three quarters of that half. Versions that the node fetches from others may use half
	/// as much in addition.
	#[arg(
		long,
		value_name = "GIB",
		default_value_t = 64,
		value_parser = clap::value_parser!(u32).range(1..)
	)]
	pub staging_limit_gib: u32,

	/// Limit the size of one upload, in GiB.
	#[arg(
		long,
		value_name = "GIB",
		default_value_t = 10,
		value_parser = clap::value_parser!(u32).range(1..)
	)]
	pub upload_limit_gib: u32,

	/// Keep an unregistered upload for this time after its ticket expired, in seconds.
	#[arg(long, value_name = "SECONDS", default_value_t = 3600)]
	pub staging_grace: u64,

	/// Serve blocks to this peer too, besides the consortium's storage nodes. Give its PeerId, for
	/// example of the hospital's own Kubo node. May be given several times.
	#[arg(long = "serve-peer", value_name = "PEER_ID")]
	pub served_peers: Vec<PeerId>,

	/// Read and check every replica on this node once in this time, in seconds. The node fetches
	/// missing and corrupt blocks from other nodes again.
	#[arg(
		long,
		value_name = "SECONDS",
		default_value_t = 86_400,
		value_parser = clap::value_parser!(u64).range(1..)
	)]
	pub audit_interval: u64,
}

impl IpfsArgs {
	/// Returns the limits of the staging area.
	pub fn limits(&self) -> Limits {
		let total_bytes = u64::from(self.staging_limit_gib) * GIB;
		Limits {
			total_bytes,
			organisation_bytes: total_bytes / 2,
			owner_bytes: total_bytes / 8 * 3,
			own_bytes: total_bytes / 2,
			upload_bytes: u64::from(self.upload_limit_gib) * GIB,
			..Limits::default()
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn addresses_lose_their_final_slash() {
		assert_eq!("embedded".parse(), Ok(Mode::Embedded));
		for text in ["http://127.0.0.1:5001", "http://127.0.0.1:5001/"] {
			assert_eq!(text.parse(), Ok(Mode::Kubo("http://127.0.0.1:5001".into())));
		}
		assert_eq!("http://[::1]:5001".parse(), Ok(Mode::Kubo("http://[::1]:5001".into())));
	}

	#[test]
	fn only_loopback_is_this_machine() {
		for url in [
			"http://127.0.0.1:5001",
			"http://127.0.0.2",
			"http://[::1]:5001",
			"http://localhost:5001",
			"http://LocalHost",
		] {
			assert!(url.parse::<Mode>().unwrap().is_local(), "{url}");
		}
		assert!(Mode::Embedded.is_local());
		for url in [
			"http://kubo:5001",
			"http://10.0.0.1:5001",
			"http://[fd00::1]:5001",
			"http://localhost.example:5001",
			"http://127.0.0.1.example",
			"http://0.0.0.0:5001",
			"http://2130706433:5001",
		] {
			assert!(!url.parse::<Mode>().unwrap().is_local(), "{url}");
		}
	}

	#[test]
	fn other_values_are_refused_with_their_cause() {
		for (text, error) in [
			("", ModeError::Unknown),
			("kubo", ModeError::Unknown),
			("http://", ModeError::Unknown),
			("http://:5001", ModeError::Unknown),
			("http://a b:5001", ModeError::Unknown),
			("https://ipfs.example:5001", ModeError::NotHttp),
			("http://user:secret@127.0.0.1:5001", ModeError::Credentials),
			("http://127.0.0.1:5001/api/v0", ModeError::Path),
			("http://127.0.0.1:5001?x=1", ModeError::Path),
		] {
			assert_eq!(text.parse::<Mode>(), Err(error), "{text}");
		}
	}
}
