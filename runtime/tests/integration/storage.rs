//! The state of a chain in use, whose form can only change with a migration.

use frame_metadata::{
	v14::{StorageEntryMetadata, StorageEntryType},
	RuntimeMetadata,
};
use frame_support::traits::{GetStorageVersion, PalletInfoAccess, StorageVersion};
use salus_runtime::{
	Access, Attestation, Committee, Consent, Records, Roles, Runtime, Succession, Validators,
};
use scale_info::{form::PortableForm, Field, PortableRegistry, TypeDef};
use std::fmt::Write as _;

/// Writes the encoding of a type: names of fields and variants with their numbers, down to
/// primitive types.
fn write(types: &PortableRegistry, id: u32, out: &mut String) {
	let fields = |fields: &[Field<PortableForm>], out: &mut String| {
		out.push('(');
		for field in fields {
			let _ = write!(out, "{}:", field.name.as_deref().unwrap_or_default());
			write(types, field.ty.id, out);
			out.push(',');
		}
		out.push(')');
	};
	let found = types.resolve(id).expect("the metadata are complete");
	match &found.type_def {
		TypeDef::Composite(composite) => fields(&composite.fields, out),
		TypeDef::Variant(variant) => {
			out.push('<');
			for one in &variant.variants {
				let _ = write!(out, "{}={}", one.index, one.name);
				fields(&one.fields, out);
			}
			out.push('>');
		}
		TypeDef::Sequence(sequence) => {
			out.push('[');
			write(types, sequence.type_param.id, out);
			out.push(']');
		}
		TypeDef::Array(array) => {
			let _ = write!(out, "[{};", array.len);
			write(types, array.type_param.id, out);
			out.push(']');
		}
		TypeDef::Tuple(tuple) => {
			out.push('(');
			for field in &tuple.fields {
				write(types, field.id, out);
				out.push(',');
			}
			out.push(')');
		}
		TypeDef::Primitive(primitive) => {
			let _ = write!(out, "{primitive:?}");
		}
		TypeDef::Compact(compact) => {
			out.push('~');
			write(types, compact.type_param.id, out);
		}
		TypeDef::BitSequence(_) => out.push_str("bits"),
	}
}

fn entry(types: &PortableRegistry, entry: &StorageEntryMetadata<PortableForm>) -> String {
	let mut out = format!("{} {:?} ", entry.name, entry.modifier);
	match &entry.ty {
		StorageEntryType::Plain(value) => write(types, value.id, &mut out),
		StorageEntryType::Map { hashers, key, value } => {
			let _ = write!(out, "{hashers:?} ");
			write(types, key.id, &mut out);
			out.push_str(" -> ");
			write(types, value.id, &mut out);
		}
	}
	out
}

/// Returns every storage item of a pallet, one per line, in order of their names.
fn layout(pallet: &str) -> String {
	let metadata = Runtime::metadata_at_version(14).expect("clients ask for it");
	let metadata: frame_metadata::RuntimeMetadataPrefixed =
		codec::Decode::decode(&mut &metadata[..]).expect("it has this version");
	let RuntimeMetadata::V14(metadata) = metadata.1 else {
		panic!("it is not what was asked for");
	};
	let storage = metadata
		.pallets
		.iter()
		.find(|found| found.name == pallet)
		.and_then(|found| found.storage.as_ref())
		.expect("the pallet stores something");
	let mut lines: Vec<_> =
		storage.entries.iter().map(|found| entry(&metadata.types, found)).collect();
	lines.sort();
	lines.join("\n")
}

/// Returns a pallet with the version and the hash of its storage.
fn found<P>() -> (&'static str, StorageVersion, String)
where
	P: GetStorageVersion<InCodeStorageVersion = StorageVersion> + PalletInfoAccess,
{
	let name = P::name();
	(name, P::in_code_storage_version(), hash(&layout(name)))
}

/// Returns the first 8 bytes of the BLAKE2b-256 hash, in hexadecimal.
fn hash(text: &str) -> String {
	hex::encode(&sp_crypto_hashing::blake2_256(text.as_bytes())[..8])
}

#[test]
fn the_storage_of_each_pallet_matches_its_version() {
	let found = [
		found::<Roles>(),
		found::<Records>(),
		found::<Attestation>(),
		found::<Consent>(),
		found::<Access>(),
		found::<Committee>(),
		found::<Succession>(),
		found::<Validators>(),
	];
	let pinned = [
		("Roles", 1, "b08307138b975e4a"),
		("Records", 2, "6dd05881afa3881d"),
		("Attestation", 1, "f5bd8e7869583e18"),
		("Consent", 1, "193a50c0ff9c2275"),
		("Access", 2, "8b137ed7551993b5"),
		("Committee", 2, "0ad4f150276a7004"),
		("Succession", 1, "28182bf28dfe42d8"),
		("Validators", 2, "e81a133ef60141ed"),
	];
	let pinned =
		pinned.map(|(name, version, hash)| (name, StorageVersion::new(version), hash.to_owned()));
	assert_eq!(
		found, pinned,
		"the storage of a pallet has changed, but existing chains have the old one. Raise the pallet's storage version, write a \
		 migration (docs/adr/0014), list it in runtime/src/migrations.rs, raise `spec_version`, and pin the new hash. A new item \
		 that is correct while empty only needs the new hash and `spec_version`"
	);
}

/// The node reads the events of earlier runtimes in this runtime's form.
#[test]
fn events_have_the_form_that_the_node_reads() {
	let events = layout("System");
	let events = events.lines().find(|line| line.starts_with("Events ")).expect("they are stored");
	assert_eq!(
		hash(events), "5d6e4d1367c0f769",
		"events have changed: unless new ones were only added behind the others, put this runtime's `spec_version` into \
		 EVENTS_SINCE of node/src/observer. Then pin the new hash.\n{events}"
	);
}
