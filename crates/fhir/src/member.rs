//! Patient, Practitioner, PractitionerRole and Organization: accounts and what they are.

use std::fmt::Display;

use salus_primitives::{MemberInfo, OrganisationInfo, OrganisationStatus, Role};
use serde_json::{json, Value};

use crate::{
	code::{self, identifier, reference},
	document::tokens,
	search::{Indexed, Searchable},
	time::date,
};

/// SNOMED CT.
const SNOMED: &str = "http://snomed.info/sct";

/// Identifiers that the hospital gave a patient.
#[derive(Default)]
pub struct Given {
	/// Systems and values.
	pub identifiers: Vec<(String, String)>,
	/// Version of all of them together, as an id; `None` if the server keeps none.
	pub version: Option<String>,
}

/// Returns a patient. `managing` is the organisation that enrolled them.
pub fn patient(
	account: impl Display,
	is_live: bool,
	managing: Option<u32>,
	given: &Given,
) -> Value {
	let account = account.to_string();
	let own = identifier("account", &account);
	let others = given.identifiers.iter();
	let others = others.map(|(system, value)| json!({ "system": system, "value": value }));
	let identifiers: Vec<_> = std::iter::once(own).chain(others).collect();
	let mut patient = json!({
		"resourceType": "Patient",
		"id": account,
		"identifier": identifiers,
		"active": is_live,
	});
	if let Some(members) = patient.as_object_mut() {
		let organisation = managing.map(|organisation| reference("Organization", organisation));
		members.extend(organisation.map(|one| ("managingOrganization".into(), one)));
		let meta = given.version.as_ref().map(|version| json!({ "versionId": version }));
		members.extend(meta.map(|meta| ("meta".into(), meta)));
	}
	patient
}

/// Returns a member of staff.
pub fn practitioner(account: impl Display, is_live: bool) -> Value {
	let account = account.to_string();
	json!({
		"resourceType": "Practitioner",
		"id": account,
		"identifier": [identifier("account", &account)],
		"active": is_live,
	})
}

/// Returns a membership other than a patient's; `None` for a patient's.
pub fn practitioner_role(account: impl Display, held: &MemberInfo) -> Option<Value> {
	if held.role == Role::Patient {
		return None;
	}
	let role = held.role as u8;
	let mut resource = json!({
		"resourceType": "PractitionerRole",
		"id": format!("{account}-{role}"),
		"active": held.live,
		"practitioner": reference("Practitioner", &account),
		"code": [code::role(held.role)],
		"period": { "start": date(held.member.since) },
	});
	let members = resource.as_object_mut()?;
	if let Some(organisation) = held.member.organisation {
		members.insert("organization".into(), reference("Organization", organisation));
	}
	if let Some(specialty) = held.member.specialty {
		let specialty = json!({ "coding": [{ "system": SNOMED, "code": specialty.to_string() }] });
		members.insert("specialty".into(), json!([specialty]));
	}
	if let (Some(until), Some(Value::Object(period))) =
		(held.member.expires, members.get_mut("period"))
	{
		period.insert("end".into(), json!(date(until)));
	}
	Some(resource)
}

/// The resource of a person or of a role, as a search sees it.
pub struct Found(pub Value);

impl Searchable for Found {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let text = |pointer: &str| self.0.pointer(pointer).and_then(Value::as_str);
		let token = |system: &str, code: Option<&str>| {
			let code = code.map(str::to_owned);
			code.map(|code| Indexed::Token { system: system.to_owned(), code })
		};
		let found = match parameter {
			"_id" => token("", text("/id")),
			"identifier" => {
				let all = self.0.get("identifier").and_then(Value::as_array).into_iter().flatten();
				let part = |one: &Value, name: &str| {
					one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
				};
				let token =
					|one| Indexed::Token { system: part(one, "system"), code: part(one, "value") };
				return all.map(token).collect();
			}
			"practitioner" => {
				let id = text("/practitioner/reference").and_then(|one| one.split_once('/'));
				id.map(|(_, id)| Indexed::Reference { resource: "Practitioner", id: id.to_owned() })
			}
			_ => None,
		};
		found.into_iter().collect()
	}
}

/// An organisation, as a search sees it.
pub struct Organisation<'a, AccountId>(pub &'a OrganisationInfo<AccountId>);

impl<AccountId> Organisation<'_, AccountId> {
	fn is_active(&self) -> bool {
		self.0.status == OrganisationStatus::Active
	}

	/// Returns the resource.
	pub fn resource(&self) -> Value {
		let Self(info) = self;
		json!({
			"resourceType": "Organization",
			"id": info.id.to_string(),
			"identifier": [identifier("organisation", &info.id.to_string())],
			"active": self.is_active(),
			"type": [code::organisation_kind(info.kind)],
			// FHIR asks for an identifier or a name, and the chain has no names.
		})
	}
}

impl<AccountId> Searchable for Organisation<'_, AccountId> {
	fn indexed(&self, parameter: &str) -> Vec<Indexed> {
		let token = |system: String, code: String| vec![Indexed::Token { system, code }];
		match parameter {
			"_id" => token(String::new(), self.0.id.to_string()),
			"identifier" => token(format!("{}/organisation", code::BASE), self.0.id.to_string()),
			"type" => tokens(&code::organisation_kind(self.0.kind)),
			"active" => token(String::new(), self.is_active().to_string()),
			_ => vec![],
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{Member, MemberStatus, OrganisationKind};

	#[test]
	fn a_membership_is_a_role() {
		let held = MemberInfo {
			role: Role::Practitioner,
			live: true,
			member: Member {
				organisation: Some(3),
				status: MemberStatus::Active,
				credential: [0; 32],
				expires: Some(1_640_598_540_123),
				since: 951_782_400_000,
				specialty: Some(394_579_002),
			},
		};
		let resource = practitioner_role(9, &held).unwrap();
		assert_eq!(resource["period"], json!({ "start": "2000-02-29", "end": "2021-12-27" }));
		assert_eq!(resource["organization"]["reference"], "Organization/3");
		assert_eq!(resource["specialty"][0]["coding"][0]["code"], "394579002");
		let patient = MemberInfo { role: Role::Patient, ..held };
		assert_eq!(practitioner_role(9, &patient), None);
	}

	#[test]
	fn an_organisation_has_its_number_and_kind() {
		let info = OrganisationInfo::<u64> {
			id: 2,
			kind: OrganisationKind::Hospital,
			status: OrganisationStatus::Suspended,
			admins: vec![],
			profile: [0; 32],
			key: None,
		};
		let organisation = Organisation(&info);
		let resource = organisation.resource();
		assert_eq!((&resource["id"], &resource["active"]), (&json!("2"), &json!(false)));
		assert_eq!(organisation.indexed("type").len(), 2);
	}
}
