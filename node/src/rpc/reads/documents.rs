//! The reads in `docs/openrpc.json` and `docs/rpc.md`, made from their declarations.

use std::{fs, path::Path};

use serde_json::{json, Value};

const OPENRPC: &str = include_str!("../../../../docs/openrpc.json");
const RPC_MD: &str = include_str!("../../../../docs/rpc.md");

/// A read, as the table declares it.
struct Read {
	documentation: String,
	method: &'static str,
	/// Names and types of the parameters.
	params: Vec<(&'static str, String)>,
	/// Type of the answer.
	answer: String,
	/// Whether an older runtime may lack the read.
	is_new: bool,
}

macro_rules! list {
	($(
		$(#[doc = $doc:literal])+
		$($converted:ident)? $method:literal $(since $since:literal)?:
		fn $name:ident($($param:ident: $type:ty),*) -> $answer:ty;
	)*) => {
		fn reads() -> Vec<Read> {
			vec![$(Read {
				documentation: concat!($($doc),+).trim().replace("`None`", "null"),
				method: $method,
				params: vec![
					$((stringify!($param), stringify!($type).replace(' ', "")),)*
					("at", "Option<Hash>".into()),
				],
				answer: stringify!($answer).replace(' ', ""),
				is_new: [$($since)?].iter().any(|since: &u32| *since > 1),
			}),*]
		}
	};
}

salus_primitives::for_each_read!(list);

/// Returns the schema of a Rust type, written without spaces.
fn schema(kind: &str) -> Value {
	let inside =
		|open: &str, close: &str| kind.strip_prefix(open).and_then(|kind| kind.strip_suffix(close));
	let named = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
	if let Some(inner) = inside("Option<", ">") {
		return json!({ "oneOf": [schema(inner), { "type": "null" }] });
	}
	if let Some(inner) = inside("Vec<", ">") {
		return json!({ "type": "array", "items": schema(inner) });
	}
	if let Some(inner) = inside("(", ")") {
		let items: Vec<Value> = inner.split(',').map(schema).collect();
		let count = items.len();
		return json!({ "type": "array", "items": items, "minItems": count, "maxItems": count });
	}
	match kind {
		"bool" => json!({ "type": "boolean" }),
		"String" => json!({ "type": "string" }),
		"u32" => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
		"u64" => json!({ "type": "integer", "minimum": 0 }),
		// Any multibase is accepted.
		"Cid" => named("CidText"),
		"Page<OrganisationInfo<AccountId>>" => named("OrganisationPage"),
		"Page<RecordDetails<AccountId>>" => named("RecordPage"),
		"Page<DecidedRecord<AccountId>>" => named("DecidedRecordPage"),
		_ => named(kind.split('<').next().unwrap()),
	}
}

fn about(param: &str, kind: &str) -> Option<&'static str> {
	Some(match (param, kind) {
		("at", _) => "Hash of the block whose state is read, by default the best block.",
		("limit", _) => "Maximum number of items, at most 256.",
		("from", "u32") => "Index of the first item of the page.",
		("record", "Option<RecordId>") => "Existing record, for grants that name it.",
		("after", _) => "Last item of the previous page. Null for the first page.",
		_ => return None,
	})
}

impl Read {
	/// Returns whether a caller may leave out a parameter, by position as well as by name.
	fn is_optional(&self, index: usize) -> bool {
		self.params[index..].iter().all(|(_, kind)| kind.starts_with("Option<"))
	}

	/// Returns the read as a method of OpenRPC.
	fn openrpc(&self) -> String {
		let params = self.params.iter().enumerate().map(|(index, (name, kind))| {
			let required = !self.is_optional(index);
			// An optional hash is a hash or left out.
			let kind = if *name == "at" { "Hash" } else { kind };
			let mut param = json!({ "name": name, "required": required, "schema": schema(kind) });
			if let Some(about) = about(name, kind) {
				param["description"] = json!(about);
			}
			format!("\n\t\t\t\t{param}")
		});
		let params = params.collect::<Vec<_>>().join(",");
		let documentation = self.documentation.replace('`', "");
		let (summary, description) = match documentation.split_once(". ") {
			Some((summary, rest)) => (format!("{summary}."), Some(rest)),
			None => (documentation.clone(), None),
		};
		let description =
			description.map(|text| format!("\n\t\t\t\"description\": {},", json!(text)));
		let mut answer = schema(&self.answer);
		if self.is_new {
			if !self.answer.starts_with("Option<") {
				answer = json!({ "oneOf": [answer, { "type": "null" }] });
			}
			answer["description"] = json!("Null if the chain's runtime is too old for this read.");
		}
		let result = json!({ "name": "answer", "schema": answer });
		let cid = self.params.iter().any(|(_, kind)| kind == "Cid");
		let of_cid = ["CidMalformed", "CidNotVersion1", "CidUnsupported"];
		let kinds = of_cid.iter().filter(|_| cid).chain(&["UnknownState", "ChainUnreadable"]);
		let errors = kinds.map(|kind| json!({ "$ref": format!("#/components/errors/{kind}") }));
		format!(
			"\t\t{{\n\t\t\t\"name\": {},\n\t\t\t\"summary\": {},{}\n\t\t\t\"paramStructure\": \"either\",\n\
			 \t\t\t\"params\": [{params}\n\t\t\t],\n\t\t\t\"result\": {result},\n\t\t\t\"errors\": {}\n\t\t}}",
			json!(self.method),
			json!(summary),
			description.unwrap_or_default(),
			Value::from_iter(errors),
		)
	}

	/// Returns the read as a row of the guide's table.
	fn row(&self) -> String {
		let params = self.params.iter().enumerate().map(|(index, (name, _))| {
			format!("{name}{}", if self.is_optional(index) { "?" } else { "" })
		});
		let params = params.collect::<Vec<_>>().join(", ");
		let answer = self.documentation.trim_start_matches("Returns ").trim_end_matches('.');
		let null = if self.answer.starts_with("Option<") && !answer.contains("null") {
			", or null"
		} else if self.is_new {
			"; null from a runtime that is too old for this read"
		} else {
			""
		};
		format!("| `{}` | {params} | {answer}{null} |", self.method)
	}
}

/// Replaces the items behind the last method that is described by hand.
fn replace(document: &str, item_end: &str, end: &str, items: &[String], between: &str) -> String {
	let last = document.find("salus_evicted").unwrap();
	let from = last + document[last..].find(item_end).unwrap() + item_end.len();
	let to = from + document[from..].find(end).unwrap();
	[&document[..from], &items.join(between), &document[to..]].concat()
}

/// Returns both documents, each with its name and committed text.
fn documents() -> [(&'static str, &'static str, String); 2] {
	let reads = reads();
	let methods: Vec<String> = reads.iter().map(Read::openrpc).collect();
	let openrpc = replace(OPENRPC, "\n\t\t},\n", "\n\t],\n", &methods, ",\n");
	let rows: Vec<String> = reads.iter().map(Read::row).collect();
	let guide = replace(RPC_MD, "\n", "\n\n", &rows, "\n");
	[("openrpc.json", OPENRPC, openrpc), ("rpc.md", RPC_MD, guide)]
}

#[test]
fn the_documents_have_the_declared_reads() {
	for (name, committed, declared) in documents() {
		assert!(
			committed == declared,
			"docs/{name} differs from the reads' declarations; write it again with \
			 `cargo test --release --workspace --lib -- --ignored write_the_documents`",
		);
	}
}

#[test]
#[ignore = "writes docs/openrpc.json and docs/rpc.md"]
fn write_the_documents() {
	let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
	for (name, _, declared) in documents() {
		fs::write(docs.join(name), declared).unwrap();
	}
}

#[test]
fn every_schema_of_a_read_exists() {
	let document: Value = serde_json::from_str(OPENRPC).unwrap();
	for part in OPENRPC.split("\"$ref\"").skip(1) {
		let reference = part.split('"').nth(1).unwrap();
		let target = document.pointer(reference.trim_start_matches('#'));
		assert!(target.is_some(), "{reference} is missing");
	}
}
