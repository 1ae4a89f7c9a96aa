//! The command line's view of IPFS and staging.

use std::{fmt, net::IpAddr, str::FromStr};

use salus_ipfs::staging::Limits;
use sc_network::PeerId;

const GIB: u64 = 1 << 30;

/// Where the records' ciphertext lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
	/// In a block store of this node's own, which it serves over Bitswap.
	Embedded,
	/// In a Kubo node, at this address of its RPC API, without a slash at the end.
	Kubo(String),
}

/// Why a value of `--ipfs` is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModeError {
	/// Neither the word nor an address.
	#[error("neither `embedded` nor the address of a Kubo RPC API, such as http://127.0.0.1:5001")]
	Unknown,
	/// Only plain HTTP: the off-chain worker's client reaches the API over it.
	#[error(
		"the Kubo RPC API is spoken to over http://; keep it on this machine or a private net"
	)]
	NotHttp,
	/// A user name or password in the address would end up in logs.
	#[error("no user name or password in the address: it would show up in logs")]
	Credentials,
	/// A path, a query or a fragment.
	#[error("give host and port only, such as http://127.0.0.1:5001; the path /api/v0 is added")]
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
	/// Whether the Kubo RPC API is on this machine, by an address or a name that leads nowhere else.
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

/// Flags about IPFS and the staging area. For `#[command(flatten)]` in the node's own.
#[derive(Clone, Debug, clap::Args)]
pub struct IpfsArgs {
	/// Where encrypted records live: `embedded` for the node's own block store, or the address of a
	/// Kubo node's RPC API, such as http://127.0.0.1:5001.
	#[arg(long = "ipfs", value_name = "embedded|URL", default_value_t = Mode::Embedded)]
	pub mode: Mode,

	/// Use the Kubo of `--ipfs` although it is open to the public: it looks for peers or lets itself be found, or its
	/// configuration cannot be read. Strangers can then fetch the ciphertext of records.
	#[arg(long = "allow-public-ipfs")]
	pub allow_public: bool,

	/// Use the Kubo of `--ipfs` although it is on another machine. What is sent there is not encrypted on its way, and
	/// nobody is asked for a password: only where the network itself protects it.
	#[arg(long = "allow-remote-ipfs")]
	pub allow_remote: bool,

	/// Port on loopback for the Kubo RPC API of the embedded store; 0 lets the system choose. The
	/// file `salus/endpoints.json` in the chain's folder says what it chose.
	#[arg(long = "ipfs-api-port", value_name = "PORT", default_value_t = 5101)]
	pub api_port: u16,

	/// How much may be staged for upload in all, in GiB. One organisation may take half of it, and one
	/// account three quarters of that. Copies that the node fetches from others take half as much
	/// besides.
	#[arg(
		long,
		value_name = "GIB",
		default_value_t = 64,
		value_parser = clap::value_parser!(u32).range(1..)
	)]
	pub staging_limit_gib: u32,

	/// How large one upload may be, in GiB.
	#[arg(
		long,
		value_name = "GIB",
		default_value_t = 10,
		value_parser = clap::value_parser!(u32).range(1..)
	)]
	pub upload_limit_gib: u32,

	/// How long an upload that was never registered is kept after its ticket ended, in seconds.
	#[arg(long, value_name = "SECONDS", default_value_t = 3600)]
	pub staging_grace: u64,

	/// A peer that gets blocks besides the consortium's storage nodes, by its PeerId: a Kubo node of the
	/// hospital's own, say. May be given several times.
	#[arg(long = "serve-peer", value_name = "PEER_ID")]
	pub served_peers: Vec<PeerId>,

	/// In how many seconds every replica on this node is read and checked once. What is missing or
	/// rotten is fetched from other nodes.
	#[arg(
		long,
		value_name = "SECONDS",
		default_value_t = 86_400,
		value_parser = clap::value_parser!(u64).range(1..)
	)]
	pub audit_interval: u64,
}

impl IpfsArgs {
	/// What may be staged.
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
	fn addresses_are_taken_without_a_slash_at_the_end() {
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
	fn anything_else_is_refused_with_its_cause() {
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
