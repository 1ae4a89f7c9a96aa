//! The configuration of an address at which HL7 v2 is received.

use std::{collections::BTreeMap, net::SocketAddr};

use ipnet::IpNet;
use salus_client::primitives::{Category, Confidentiality};
use salus_hl7::{Charset, Header, Identifier as Cx};
use serde::Deserialize;

use crate::config::{ConfigError, TlsConfig};

/// Type codes of the identifiers that an authority stands for if it is configured without a type.
/// An authority can number visits and accounts, too, and their numbers must not be taken for a
/// patient's.
const OF_PATIENTS: [&str; 4] = ["", "MR", "PI", "PT"];

/// An address at which HL7 v2 is received.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hl7Config {
	/// Address to listen at.
	pub(crate) listen: SocketAddr,
	/// Id of the client that acts for the senders: its account, scopes and purposes.
	pub(crate) client: String,
	/// Certificate and key; `None` for connections in the clear.
	pub(crate) tls: Option<TlsConfig>,
	/// Networks that may connect, such as `10.1.0.0/16`; empty for all.
	#[serde(default)]
	networks: Vec<String>,
	/// Senders whose messages are processed; empty for all.
	#[serde(default)]
	senders: Vec<Sender>,
	/// System of identifiers by their assigning authority: its name or universal id in PID-3.4,
	/// alone or followed by `^` and a type code, as in `HOSP^SS`.
	#[serde(default)]
	identifiers: BTreeMap<String, String>,
	/// System of identifiers without an assigning authority; `None` to ignore these.
	default_system: Option<String>,
	/// Categories by document type (TXA-2), code of the report (OBR-4) or section (OBR-24).
	#[serde(default)]
	categories: BTreeMap<String, Category>,
	/// Category of all other documents.
	category: Category,
	/// Confidentiality of documents, unless they demand more.
	#[serde(default)]
	pub(crate) confidentiality: Confidentiality,
	/// Character set of messages that name none, such as `8859/1`; `None` for UTF-8.
	charset: Option<String>,
}

/// A sender, by MSH-3 and MSH-4.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sender {
	application: String,
	facility: String,
}

impl Hl7Config {
	/// Checks what the types cannot say.
	pub(crate) fn check(&self, has_identifiers: bool) -> Result<(), ConfigError> {
		let wrong = |text: &str| Err(ConfigError::Value(format!("hl7 at {}: {text}", self.listen)));
		if !has_identifiers {
			return wrong("senders name patients by the hospital's numbers; give `identifiers`");
		}
		if self.networks.iter().any(|one| one.parse::<IpNet>().is_err()) {
			return wrong("an entry of `networks` is not a network; write it as 10.1.0.0/16");
		}
		if self.charset.as_deref().is_some_and(|name| Charset::of(name).is_none()) {
			return wrong("`charset` must be UNICODE UTF-8, ASCII, 8859/1 or 8859/15");
		}
		let is_proved = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
		if !self.listen.ip().is_loopback() && self.networks.is_empty() && !is_proved {
			return wrong("anybody could connect; give `networks`, or `client_ca` in `tls`");
		}
		Ok(())
	}

	/// Returns the networks that may connect; empty for all.
	pub(super) fn networks(&self) -> Vec<IpNet> {
		self.networks.iter().filter_map(|one| one.parse().ok()).collect()
	}

	/// Returns the character set of messages that name none.
	pub(super) fn charset(&self) -> Option<Charset> {
		self.charset.as_deref().and_then(Charset::of)
	}

	/// Returns whether a sender's messages are processed.
	pub(super) fn takes(&self, header: &Header) -> bool {
		let is_of =
			|one: &Sender| one.application == header.application && one.facility == header.facility;
		self.senders.is_empty() || self.senders.iter().any(is_of)
	}

	/// Returns the system of an identifier; `None` if it is not configured. If the authority has a
	/// name and a universal id, both must stand for the same system: another hospital's may have
	/// the same name.
	pub(super) fn system_of(&self, identifier: &Cx) -> Option<&str> {
		let Cx { authority, universal_id, kind, .. } = identifier;
		let is_of_patients = OF_PATIENTS.contains(&kind.as_str());
		let of = |name: &String| {
			let untyped = || self.identifiers.get(name).filter(|_| is_of_patients);
			self.identifiers.get(&format!("{name}^{kind}")).or_else(untyped)
		};
		let mut systems =
			[authority, universal_id].into_iter().filter(|name| !name.is_empty()).map(of);
		match systems.next() {
			None => self.default_system.as_deref().filter(|_| is_of_patients),
			Some(first) => {
				first.filter(|_| systems.all(|other| other == first)).map(String::as_str)
			}
		}
	}

	/// Returns the category of a document of these kinds, the most particular first.
	pub(super) fn category_of(&self, kinds: &[String]) -> Category {
		let found = kinds.iter().find_map(|kind| self.categories.get(kind));
		found.copied().unwrap_or(self.category)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const TEXT: &str = r#"
		listen = "10.0.0.5:2575"
		client = "his"
		networks = ["10.0.0.0/24"]
		senders = [{ application = "LAB", facility = "HOSP" }]
		default_system = "urn:default"
		category = "laboratory"
		categories = { DS = "discharge-summary", RAD = "imaging" }
		identifiers = { HOSP = "urn:mrn", "1.2.3" = "urn:oid", "1.2.9" = "urn:mrn", "HOSP^SS" = "urn:ss" }
	"#;

	fn config(text: &str) -> Hl7Config {
		toml::from_str(text).unwrap()
	}

	#[test]
	fn an_authority_leads_to_its_system() {
		let config = config(TEXT);
		let of = |authority: &str, universal_id: &str, kind: &str| {
			let value = "7".to_owned();
			let [authority, universal_id, kind] =
				[authority, universal_id, kind].map(str::to_owned);
			let found = config.system_of(&Cx { value, authority, universal_id, kind });
			found.map(str::to_owned).unwrap_or_default()
		};
		for (authority, universal_id, kind, system) in [
			("HOSP", "", "MR", "urn:mrn"),
			("HOSP", "", "", "urn:mrn"),
			("", "1.2.3", "PI", "urn:oid"),
			("HOSP", "1.2.9", "PI", "urn:mrn"),
			("HOSP", "", "SS", "urn:ss"),
			("", "", "MR", "urn:default"),
			// Neither a visit's number nor another authority's identifies a patient.
			("HOSP", "", "VN", ""),
			("", "", "AN", ""),
			("INSURER", "", "MR", ""),
			// Of the name and the universal id, one is another authority's.
			("HOSP", "1.2.4", "MR", ""),
			("HOSP", "1.2.3", "MR", ""),
			("OTHER", "HOSP", "MR", ""),
			("OTHER", "1.2.3", "PI", ""),
		] {
			assert_eq!(of(authority, universal_id, kind), system, "{authority}^{kind}");
		}
	}

	#[test]
	fn kinds_lead_to_their_category() {
		let config = config(TEXT);
		let of = |kinds: &[&str]| {
			config.category_of(&kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>())
		};
		assert_eq!(of(&["DS"]), Category::DischargeSummary);
		assert_eq!(of(&["CHEST", "RAD"]), Category::Imaging);
		assert_eq!(of(&["BC", "HM"]), Category::Laboratory);
	}

	#[test]
	fn an_open_address_is_refused() {
		assert!(config(TEXT).check(true).is_ok());
		assert!(config(TEXT).check(false).is_err());
		for (from, to) in [
			("networks = [\"10.0.0.0/24\"]", ""),
			("10.0.0.0/24", "10.0.0.0"),
			("client", "charset = \"UTF-16\"\n\t\tclient"),
		] {
			assert!(config(&TEXT.replace(from, to)).check(true).is_err(), "{to}");
		}
		let local = TEXT.replace("networks = [\"10.0.0.0/24\"]", "").replace("10.0.0.5", "[::1]");
		assert!(config(&local).check(true).is_ok());
	}
}
