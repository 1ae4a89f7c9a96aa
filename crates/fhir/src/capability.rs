//! The abilities of the server: one table of resources, interactions and search parameters. The
//! CapabilityStatement is made from it, and searches are read by it.

use serde_json::{json, Value};

use crate::{code::BASE, consent, document, FHIR_VERSION, MEDIA_TYPE};

/// Kind of a search parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
	/// A code or identifier.
	Token,
	/// A reference to a resource.
	Reference,
	/// A date.
	Date,
}

impl Kind {
	fn code(self) -> &'static str {
		match self {
			Self::Token => "token",
			Self::Reference => "reference",
			Self::Date => "date",
		}
	}

	/// Returns the form that its values have.
	pub fn form(self) -> &'static str {
		match self {
			Self::Token => "give code, system|code or |code",
			Self::Reference => "give an id or Type/id",
			Self::Date => "give a date such as ge2026-01-31, or one with a time of day",
		}
	}
}

/// A search parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
	/// Name in the URL.
	pub name: &'static str,
	/// Kind of value.
	pub kind: Kind,
	/// Whether searches can be sorted by it.
	pub sorts: bool,
	/// Meaning on this server.
	pub documentation: &'static str,
}

/// An interaction with a resource: a code of FHIR's TypeRestfulInteraction, with what it means
/// here.
pub type Interaction = (&'static str, &'static str);

/// An operation: its name without `$`, its definition, and its meaning here.
pub type Operation = (&'static str, &'static str, &'static str);

/// A kind of resource that the server has.
#[derive(Debug, PartialEq, Eq)]
pub struct Resource {
	/// Type in URLs, such as `Patient`.
	pub name: &'static str,
	/// Profiles that its resources declare where they meet them.
	pub profiles: &'static [&'static str],
	/// Interactions that the server supports.
	pub interactions: &'static [Interaction],
	/// Operations on the type or one resource.
	pub operations: &'static [Operation],
	/// Search parameters that not every resource has.
	own: &'static [Parameter],
	/// Notes for clients.
	pub documentation: &'static str,
}

const fn token(name: &'static str, documentation: &'static str) -> Parameter {
	Parameter { name, kind: Kind::Token, sorts: false, documentation }
}

const fn reference(name: &'static str, documentation: &'static str) -> Parameter {
	Parameter { name, kind: Kind::Reference, sorts: false, documentation }
}

const fn date(name: &'static str, documentation: &'static str) -> Parameter {
	Parameter { name, kind: Kind::Date, sorts: true, documentation }
}

/// Parameters that every resource has.
const COMMON: &[Parameter] = &[Parameter { sorts: true, ..token("_id", "Logical id.") }];

/// Search parameters of IHE MHD (ITI-67) about what the chain does not know of a document.
const NOT_KNOWN: [&str; 9] = [
	"author.family",
	"author.given",
	"creation",
	"event",
	"facility",
	"format",
	"period",
	"related",
	"setting",
];

const LAST_UPDATED: Parameter = date("_lastUpdated", "Time of the block that has it.");

const PATIENT: Parameter = reference("patient", "The patient. Required.");
const PATIENT_IDENTIFIER: Parameter =
	token("patient.identifier", "The patient, by an identifier, instead of `patient`.");

/// The resources, in the order of the CapabilityStatement.
pub const RESOURCES: &[Resource] = &[
	Resource {
		name: "Patient",
		profiles: &[],
		interactions: &[
			("read", "By account."),
			("search-type", "By account, or by an identifier that the hospital gave."),
			(
				"update",
				"Keeps the hospital's own identifiers, and refuses anything else. With `If-Match`, \
				 only if they have this version.",
			),
		],
		operations: &[(
			"everything",
			"http://hl7.org/fhir/OperationDefinition/Patient-everything",
			"All that this server has of a patient, for the patient's own client: documents with their \
			 provenance, consent and access log, within the scopes of the token. Has pages.",
		)],
		own: &[token("identifier", "Account, or an identifier that the hospital gave.")],
		documentation:
			"A patient's account, with the identifiers that the hospital gave them. They \
		                stay on this server. The chain knows no demographic data.",
	},
	Resource {
		name: "Practitioner",
		profiles: &[],
		interactions: &[("read", "By account."), ("search-type", "By account.")],
		operations: &[],
		own: &[token("identifier", "Account.")],
		documentation: "The account of a member of staff. The chain knows no demographic data.",
	},
	Resource {
		name: "PractitionerRole",
		profiles: &[],
		interactions: &[
			("read", "By account and role."),
			("search-type", "The roles of one account."),
		],
		operations: &[],
		own: &[reference("practitioner", "The account. Required.")],
		documentation: "Memberships, live or not (`active`).",
	},
	Resource {
		name: "Organization",
		profiles: &[],
		interactions: &[("read", "By number."), ("search-type", "All of the consortium.")],
		operations: &[],
		own: &[
			token("identifier", "Number."),
			token("type", "Kind of organisation."),
			token("active", "Whether it is in good standing."),
		],
		documentation: "An organisation of the consortium.",
	},
	Resource {
		name: "DocumentReference",
		profiles: &[document::MINIMAL],
		interactions: &[
			("read", "The latest version, if the client may open it."),
			("vread", "One version."),
			(
				"history-instance",
				"The versions that the client may open, newest first, in pages; with `_since`, \
				 only versions from that instant on.",
			),
			(
				"search-type",
				"The records of one patient that the client may open. The total is exact.",
			),
			(
				"create",
				"Adds a record with the attachment's data. With `If-None-Exist: \
				 identifier=system|value`, once: the chain refuses another one of this client for \
				 the same patient.",
			),
			("update", "Adds a version. `If-Match` is required."),
			("delete", "Erases the record; for the patient's own client."),
		],
		operations: &[],
		own: &[
			LAST_UPDATED,
			PATIENT,
			PATIENT_IDENTIFIER,
			token(
				"identifier",
				"Number of the record, or address of the content (`masterIdentifier`).",
			),
			token("category", "Category, by this project's code or by LOINC class."),
			token("type", "The same as `category`: a document has no further type."),
			date("date", "Time of registration."),
			token(
				"status",
				"`current`, or `entered-in-error` if rejected. Nobody finds one that was withdrawn.",
			),
			reference("author", "Account of the author, or their organisation."),
			reference("custodian", "Organisation for which the author wrote it."),
			token("security-label", "Confidentiality."),
		],
		documentation:
			"A record and its versions. It has no title before it is opened, because only \
		                who holds its key knows the title. Opening is the read of its Binary.",
	},
	Resource {
		name: "Binary",
		profiles: &[],
		interactions: &[
			(
				"read",
				"Opens a version: requests its key, which is logged for the patient, waits until the \
				 hospitals release it, and returns the content, or one range of it. With `Prefer: \
				 respond-async`, answers at once with a Task.",
			),
			(
				"create",
				"Receives content of up to 1 GiB, as it is, for a DocumentReference that names it by \
				 `attachment.url` within ten minutes.",
			),
		],
		operations: &[],
		own: &[],
		documentation: "The content of a version, as it was added. In an emergency, open a case with \
		                the client's account first, and read with a token for the purpose BTG.",
	},
	Resource {
		name: "Consent",
		profiles: &[consent::BASIC, consent::INTERMEDIATE],
		interactions: &[
			("read", "One grant, denial or request."),
			(
				"search-type",
				"A patient's grants, denials and waiting requests, for the patient's own client. \
				 Other clients find the grants that may apply to them, and their own requests.",
			),
			(
				"create",
				"Asks the patient for access. It never gives any: the request waits for the patient \
				 (`proposed`), unless a standing rule of theirs answers it at once.",
			),
		],
		operations: &[(
			"explain",
			"https://github.com/salus-health/salus/fhir/OperationDefinition/Consent-explain",
			"Whether a `reader` may open the `record` for a `purpose` now, with each rule that was \
			 considered. The patient's own client can ask about anyone, and, without a reader, who \
			 may open it.",
		)],
		own: &[
			LAST_UPDATED,
			PATIENT,
			PATIENT_IDENTIFIER,
			date("date", "Time of the grant, denial or request."),
			token("status", "`active`, `inactive` or `proposed`."),
			token("purpose", "Purpose of use; a denial has none, because it is for all."),
			reference("actor", "Account or organisation to whom it applies."),
		],
		documentation:
			"A grant, denial or request. Terms that FHIR does not have are in extensions: \
		                uses that are left, and whether there is a condition.",
	},
	Resource {
		name: "Provenance",
		profiles: &[],
		interactions: &[
			("read", "One act."),
			("search-type", "The acts on one document that the client may open."),
		],
		operations: &[],
		own: &[
			LAST_UPDATED,
			reference("target", "The document. Required."),
			reference("agent", "Account of the author or verifier."),
			date("recorded", "Time of the act."),
		],
		documentation: "The author of a record's version, and each verdict on it with its reason.",
	},
	Resource {
		name: "AuditEvent",
		profiles: &[
			"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.AuthZconsent",
		],
		interactions: &[("read", "One entry."), ("search-type", "The access log of one patient.")],
		operations: &[],
		own: &[LAST_UPDATED, PATIENT, PATIENT_IDENTIFIER, date("date", "Time of the entry.")],
		documentation: "The patient's access log, refused requests included.",
	},
	Resource {
		name: "Subscription",
		profiles: &[],
		interactions: &[
			("read", "One of the client's own."),
			("search-type", "The client's own."),
			(
				"create",
				"Notifies an endpoint that the configuration has for this client, by rest-hook, of \
				 changes that a search for one patient's documents, consents or access log would \
				 find.",
			),
			("delete", "Ends it, and forgets its events."),
		],
		operations: &[
			(
				"status",
				"http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status",
				"The state of a subscription, and the number of its events.",
			),
			(
				"events",
				"http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-events",
				"The events in a range of numbers, at most a hundred.",
			),
		],
		own: &[LAST_UPDATED, token("status", "State: `requested`, `active`, `error` or `off`.")],
		documentation: "Subscriptions R5 Backport, with payload `empty` or `id-only`: resources are \
		                read with a token. Events come from final blocks, are numbered without a gap \
		                in the chain's order, and are sent until the endpoint has taken them.",
	},
	Resource {
		name: "Task",
		profiles: &[],
		interactions: &[
			("read", "One of the client's own, or one for the hospital's staff."),
			("search-type", "The client's own, and those for the hospital's staff."),
			("update", "Settles a task for a person, by its status."),
		],
		operations: &[],
		own: &[
			LAST_UPDATED,
			token("status", "State."),
			token("code", "Kind: `open` or `merge`."),
			date("authored-on", "Time at which it was made."),
			date("modified", "Time at which its state last changed."),
		],
		documentation: "`open`: a read of a Binary that was asked for with `Prefer: respond-async`. It \
		                is kept for ten minutes after it is completed, and ends with this server. \
		                `merge`: a message of HL7 v2 (ADT^A40) that a person has to act on.",
	},
];

/// Resources of all types, in the answer to `$everything`, which has the parameters of results
/// alone.
pub const EVERYTHING: Resource = Resource {
	name: "$everything",
	profiles: &[],
	interactions: &[],
	operations: &[],
	own: &[],
	documentation: "",
};

/// Returns the resource with a name.
pub fn resource(name: &str) -> Option<&'static Resource> {
	RESOURCES.iter().find(|resource| resource.name == name)
}

impl Resource {
	/// Returns its search parameters, beginning with the parameters that every resource has. A
	/// resource that cannot be searched has none.
	pub fn parameters(&self) -> impl Iterator<Item = &'static Parameter> {
		let common: &'static [Parameter] = if self.can("search-type") { COMMON } else { &[] };
		common.iter().chain(self.own)
	}

	/// Returns the search parameter with a name.
	pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
		self.parameters().find(|parameter| parameter.name == name)
	}

	/// Returns whether it has an interaction.
	pub fn can(&self, interaction: &str) -> bool {
		self.interactions.iter().any(|(code, _)| *code == interaction)
	}

	/// Returns whether a search parameter is about what the chain does not know, though IHE MHD
	/// (ITI-67) has it. If it were ignored, a client would take other documents for its answer.
	pub fn cannot_know(&self, parameter: &str) -> bool {
		self.name == "DocumentReference" && NOT_KNOWN.contains(&parameter)
	}

	/// Returns the code for how its versions are kept.
	fn versioning(&self) -> &'static str {
		match self.name {
			// An update needs `If-Match`.
			"DocumentReference" => "versioned-update",
			// An update can have it.
			"Patient" => "versioned",
			_ => "no-version",
		}
	}

	/// Returns whether a create can have a condition.
	pub fn adds_once(&self) -> bool {
		self.name == "DocumentReference"
	}

	fn statement(&self) -> Value {
		let interactions: Vec<_> = self
			.interactions
			.iter()
			.map(|(code, documentation)| json!({ "code": code, "documentation": documentation }))
			.collect();
		let mut statement = json!({
			"type": self.name,
			"documentation": self.documentation,
			"interaction": interactions,
			"versioning": self.versioning(),
			"readHistory": self.can("vread"),
			"updateCreate": false,
			"conditionalCreate": self.adds_once(),
			"conditionalUpdate": false,
			"conditionalDelete": "not-supported",
			"conditionalRead": "not-supported",
		});
		let Some(members) = statement.as_object_mut() else { return statement };
		if !self.profiles.is_empty() {
			members.insert("supportedProfile".into(), json!(self.profiles));
		}
		if !self.operations.is_empty() {
			let operations = self.operations.iter().map(|(name, definition, documentation)| {
				json!({ "name": name, "definition": definition, "documentation": documentation })
			});
			members.insert("operation".into(), operations.collect());
		}
		if self.can("search-type") {
			let parameters = self.parameters().map(|parameter| {
				json!({
					"name": parameter.name,
					"type": parameter.kind.code(),
					"documentation": parameter.documentation,
				})
			});
			members.insert("searchParam".into(), parameters.collect());
		}
		statement
	}
}

/// A server, as its CapabilityStatement describes it.
pub struct Server<'a> {
	/// Address of its FHIR endpoint, without a slash at the end.
	pub base: &'a str,
	/// Version of its software.
	pub software: &'a str,
	/// Date of its software's release, as a `date`.
	pub released: &'a str,
}

/// Returns the CapabilityStatement.
pub fn statement(server: &Server<'_>) -> Value {
	let resources: Vec<_> = RESOURCES.iter().map(Resource::statement).collect();
	json!({
		"resourceType": "CapabilityStatement",
		"url": format!("{BASE}/CapabilityStatement/gateway"),
		"version": server.software,
		"name": "SalusGateway",
		"title": "Salus FHIR gateway",
		"status": "active",
		"experimental": false,
		"date": server.released,
		"publisher": "The Salus founders",
		"description": "A FHIR server whose store is a Salus chain. A read of a Binary is a request \
						on the patient's access log, which hospitals answer by releasing the key; it \
						takes a second or more.",
		"kind": "instance",
		"software": { "name": "salus-gateway", "version": server.software },
		"implementation": { "description": "Salus FHIR gateway", "url": server.base },
		"fhirVersion": FHIR_VERSION,
		"format": [MEDIA_TYPE, "json"],
		"rest": [{
			"mode": "server",
			"security": {
				"cors": false,
				"service": [{ "coding": [{
					"system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
					"code": "SMART-on-FHIR",
					"display": "SMART-on-FHIR",
				}] }],
				"description": "SMART Backend Services. One client is one account of the chain. \
								.well-known/smart-configuration names the token endpoint.",
			},
			"resource": resources,
			"interaction": [{
				"code": "transaction",
				"documentation": "Documents with their content (IHE MHD, ITI-65): all are added or none. \
								  They have one patient, category and confidentiality. Nothing of a \
								  submission set is kept.",
			}],
		}],
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_statement_lists_what_a_search_understands() {
		let server =
			Server { base: "https://example.org/fhir", software: "0.1.0", released: "2026-01-01" };
		let statement = statement(&server);
		let resources = statement["rest"][0]["resource"].as_array().unwrap();
		assert_eq!(resources.len(), RESOURCES.len());
		for (listed, resource) in resources.iter().zip(RESOURCES) {
			assert_eq!(listed["type"], resource.name);
			for one in listed["searchParam"].as_array().into_iter().flatten() {
				assert!(resource.parameter(one["name"].as_str().unwrap()).is_some());
			}
		}
		let documents = resource("DocumentReference").unwrap();
		assert!(documents.can("create") && !documents.can("patch") && documents.adds_once());
		assert!(!resource("Consent").unwrap().adds_once());
		let versioning = |name: &str| resource(name).unwrap().statement()["versioning"].clone();
		assert_eq!(versioning("DocumentReference"), "versioned-update");
		assert_eq!(
			(versioning("Patient"), versioning("Consent")),
			("versioned".into(), "no-version".into())
		);
		assert_eq!(resource("Observation"), None);
	}
}
