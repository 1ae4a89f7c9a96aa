//! Arguments of a command, from its query.

use super::reply::CommandError;
use crate::content::{Cid, Codec};

/// The pairs of the query, in order. `arg` may occur more than once.
pub(super) struct Arguments(pub(super) Vec<(String, String)>);

impl Arguments {
	pub(super) fn get(&self, name: &str) -> Option<&str> {
		self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
	}

	pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, CommandError> {
		match self.get(name) {
			None => Ok(default),
			Some("true" | "1" | "") => Ok(true),
			Some("false" | "0") => Ok(false),
			Some(other) => Err(CommandError::bad(format!("{name}={other}: give true or false"))),
		}
	}

	pub(super) fn number(&self, name: &str) -> Result<Option<u64>, CommandError> {
		self.get(name)
			.map(|value| {
				value
					.parse()
					.map_err(|_| CommandError::bad(format!("{name}={value}: give a number")))
			})
			.transpose()
	}

	/// Returns the CIDs in `arg`, at least one.
	pub(super) fn cids(&self) -> Result<Vec<Cid>, CommandError> {
		let cids: Vec<Cid> = self
			.0
			.iter()
			.filter(|(key, _)| key == "arg")
			.map(|(_, value)| parse_path(value))
			.collect::<Result<_, _>>()?;
		if cids.is_empty() {
			return Err(CommandError::bad("argument \"cid\" is required".into()));
		}
		Ok(cids)
	}

	pub(super) fn cid(&self) -> Result<Cid, CommandError> {
		match self.cids()?[..] {
			[cid] => Ok(cid),
			_ => Err(CommandError::bad("give one argument \"cid\", not several".into())),
		}
	}
}

/// Reads `CID` or `/ipfs/CID`.
fn parse_path(path: &str) -> Result<Cid, CommandError> {
	let text = path.strip_prefix("/ipfs/").unwrap_or(path);
	Cid::parse(text).map_err(|error| CommandError::Error(format!("invalid path {path:?}: {error}")))
}

pub(super) fn codec(arguments: &Arguments) -> Result<Codec, CommandError> {
	match arguments.get("cid-codec").or_else(|| arguments.get("format")).unwrap_or("raw") {
		"" | "raw" => Ok(Codec::Raw),
		"dag-pb" | "protobuf" => Ok(Codec::DagPb),
		other => Err(CommandError::Error(format!(
			"cid-codec {other}: only raw and dag-pb are supported"
		))),
	}
}

pub(super) fn check_hash(arguments: &Arguments) -> Result<(), CommandError> {
	match (arguments.get("mhtype").unwrap_or("sha2-256"), arguments.get("mhlen").unwrap_or("-1")) {
		("sha2-256", "-1" | "32") => Ok(()),
		(kind, length) => Err(CommandError::Error(format!(
			"mhtype {kind}, mhlen {length}: only sha2-256 of 32 bytes is supported"
		))),
	}
}
