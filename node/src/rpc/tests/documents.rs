//! Tests that `docs/openrpc.json` and `docs/rpc.md` list the methods, parameters and error codes.

use std::collections::BTreeSet;

use serde_json::{json, Value};

use super::{Kind, Node};

const OPENRPC: &str = include_str!("../../../../docs/openrpc.json");
const RPC_MD: &str = include_str!("../../../../docs/rpc.md");

/// Returns the values of `name` in the items under `pointer` of the OpenRPC document.
fn documented(pointer: &str, name: &str) -> BTreeSet<String> {
	let document: Value = serde_json::from_str(OPENRPC).unwrap();
	let items = match document.pointer(pointer).unwrap() {
		Value::Array(items) => items.clone(),
		Value::Object(items) => items.values().cloned().collect(),
		_ => unreachable!(),
	};
	items.iter().map(|item| item[name].to_string().trim_matches('"').to_owned()).collect()
}

#[test]
fn the_openrpc_document_lists_exactly_the_registered_methods() {
	let node = Node::new();
	let registered: BTreeSet<String> = node.module.method_names().map(str::to_owned).collect();
	assert!(registered.iter().all(|name| name.starts_with("salus_")));
	assert_eq!(documented("/methods", "name"), registered);
}

/// Each parameter is sent alone and with a wrong type. For a name that the method knows, the error
/// is about the type, and for another one about what is missing.
#[tokio::test]
async fn the_openrpc_document_names_the_parameters_as_the_methods_do() {
	let node = Node::new();
	let document: Value = serde_json::from_str(OPENRPC).unwrap();
	for method in document["methods"].as_array().unwrap() {
		for param in method["params"].as_array().unwrap() {
			let (method, param) = (&method["name"], param["name"].as_str().unwrap());
			// A ticket may have any type, so that its refusals have their own codes, and the end of
			// a subscription takes its parameter by position.
			if param == "ticket" || method == "salus_unsubscribeShares" {
				continue;
			}
			let params = json!({ param: [[]] });
			let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
			let (answer, _) = node.module.raw_json_request(&request.to_string(), 1).await.unwrap();
			let known = answer.contains("-32602") && !answer.contains("missing field");
			assert!(known, "{method} {param}: {answer}");
		}
	}
}

#[test]
fn both_documents_list_exactly_the_error_codes() {
	let codes: BTreeSet<String> = Kind::ALL.iter().map(|kind| kind.code().to_string()).collect();
	assert_eq!(documented("/components/errors", "code"), codes);
	for kind in Kind::ALL {
		let row = format!("| {} | `{}` |", kind.code(), kind.name());
		assert!(RPC_MD.contains(&row), "docs/rpc.md missing {row}");
	}
}

#[test]
fn the_guide_names_every_method() {
	for name in documented("/methods", "name") {
		assert!(RPC_MD.contains(&name), "docs/rpc.md missing {name}");
	}
}
