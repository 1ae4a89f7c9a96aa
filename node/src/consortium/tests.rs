use super::{
	assemble::Chain,
	check::CheckCmd,
	keys::{public_part, KeysCmd},
	*,
};
use crate::chain_spec::ChainSpec;
use clap::Parser;
use codec::Encode;
use salus_runtime::{units::HEAL, SessionKeys};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, KeystorePtr};
use std::{path::Path, sync::Arc};

const ID: &str = "salus-test";

const PATHS: [&str; 4] = ["a.json", "b.json", "c.json", "d.json"];

fn keystore() -> KeystorePtr {
	Arc::new(MemoryKeystore::new())
}

fn command(validator: Sr25519Keyring, seat: Sr25519Keyring, more: &[&str]) -> KeysCmd {
	command_at("unused", "unused", validator, seat, more)
}

/// Returns the command for a node's folder, and a file for the public part.
fn command_at(
	base: &str,
	out: &str,
	validator: Sr25519Keyring,
	seat: Sr25519Keyring,
	more: &[&str],
) -> KeysCmd {
	#[derive(clap::Parser)]
	struct Line {
		#[command(flatten)]
		keys: KeysCmd,
	}
	let (validator, seat) = (validator.to_account_id(), seat.to_account_id());
	let (validator, seat) = (validator.to_string(), seat.to_string());
	let line = ["keys", "--id", ID, "--base-path", base, "--out", out];
	let accounts = ["--validator", &validator, "--seat", &seat];
	Line::try_parse_from(line.iter().chain(&accounts).chain(more))
		.expect("these are good arguments")
		.keys
}

fn made(command: &KeysCmd, keystore: &KeystorePtr) -> Result<PublicPart, Error> {
	public_part(command, keystore, Path::new("keystore"))
}

fn made_for(validator: Sr25519Keyring, seat: Sr25519Keyring) -> PublicPart {
	made(&command(validator, seat, &[]), &keystore()).expect("keys can be made")
}

/// Returns three hospitals whose validators vote for themselves, and one with a separate seat.
fn founders() -> Vec<PublicPart> {
	use Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};
	[(Alice, Alice), (Bob, Bob), (Charlie, Charlie), (Dave, Eve)]
		.into_iter()
		.map(|(validator, seat)| made_for(validator, seat))
		.collect()
}

fn parts(founders: Vec<PublicPart>) -> Vec<(&'static Path, PublicPart)> {
	PATHS.iter().map(Path::new).zip(founders).collect()
}

fn chain() -> Chain<'static> {
	Chain { id: ID, name: "Salus Test", minimum: None, endowment: 1_000 * HEAL }
}

fn refusal(chain: &Chain<'_>, founders: Vec<PublicPart>) -> String {
	chain
		.assemble(&parts(founders), None)
		.map(|_| ())
		.expect_err("this must be refused")
		.to_string()
}

#[test]
fn the_same_parts_always_give_the_same_specification() {
	let founders = founders();
	let mut reversed = founders.clone();
	reversed.reverse();
	let raw = |founders| {
		let spec = chain().assemble(&parts(founders), None);
		spec.expect("they fit").as_json(true).expect("it builds")
	};
	let spec = raw(founders.clone());
	assert!(spec == raw(reversed), "the order of the parts matters");

	let spec = ChainSpec::from_json_bytes(spec.into_bytes()).expect("it is a specification");
	let summary = Summary::of(&spec).expect("it founds a chain");
	assert_eq!((summary.minimum, summary.version), (4, salus_runtime::VERSION.spec_version));
	let mut expected: Vec<_> = founders
		.iter()
		.map(|founder| {
			let keys = founder.session_keys().expect("the proof is right");
			(founder.validator.clone(), founder.seat.clone(), keys)
		})
		.collect();
	expected.sort_by_key(|(account, ..)| account.encode());
	assert_eq!(summary.validators, expected);
	// Another part gives another chain.
	let mut others = founders;
	others[0] = made_for(Sr25519Keyring::Alice, Sr25519Keyring::Alice);
	let other = chain().assemble(&parts(others), None).expect("they fit");
	let other = Summary::of(&other).expect("it founds a chain");
	assert_ne!(summary.genesis, other.genesis);
	assert_eq!(summary.runtime, other.runtime);
	// The description marks only the validator of this machine.
	let own = &summary.validators[2].2;
	let text = summary.describe(|keys| keys == own);
	assert_eq!(text.matches("the keys are here").count(), 1, "{text}");
	assert!(text.contains(&format!("{:?}", summary.genesis)), "{text}");
}

#[test]
fn keys_are_found_again_and_not_made_twice() {
	let keystore = keystore();
	let (alice, bob) = (Sr25519Keyring::Alice, Sr25519Keyring::Bob);
	let first = made(&command(alice, bob, &[]), &keystore).expect("keys");
	let second = made(&command(alice, bob, &[]), &keystore).expect("keys");
	assert_eq!(first.keys, second.keys);
	assert_eq!(first.storage_account, second.storage_account);
	assert!(second.session_keys().is_some());

	// New ones are made on request, for the same storage account.
	let renewed = made(&command(alice, bob, &["--renew"]), &keystore).expect("keys");
	assert_ne!(first.keys, renewed.keys);
	assert_eq!(first.storage_account, renewed.storage_account);
	assert!(renewed.session_keys().is_some());
	// Now it is unclear which keys to use.
	let error = made(&command(alice, bob, &[]), &keystore);
	assert!(matches!(error, Err(Error::SeveralSets(_))));
}

#[test]
fn an_altered_part_is_refused() {
	let alterations: [fn(&mut PublicPart); 4] = [
		|part| part.validator = Sr25519Keyring::Ferdie.to_account_id(),
		|part| part.keys[3] ^= 1,
		|part| part.proof[70] ^= 1,
		|part| part.proof.truncate(100),
	];
	for alter in alterations {
		let mut founders = founders();
		alter(&mut founders[1]);
		let refusal = refusal(&chain(), founders);
		assert!(refusal.starts_with("b.json: the proof does not show"), "{refusal}");
	}
}

#[test]
fn contradictory_parts_are_refused() {
	let mut founders = founders();
	founders[2].chain = "another".into();
	assert_eq!(
		refusal(&chain(), founders.clone()),
		"c.json: the keys were made for the chain another, not salus-test"
	);
	// One hospital cannot have two seats.
	founders[2] = made_for(Sr25519Keyring::Charlie, Sr25519Keyring::Alice);
	let shared = "c.json: it shares an account or a key with a.json; each hospital needs its own";
	assert_eq!(refusal(&chain(), founders.clone()), shared);
	// One hospital's keys cannot be another's.
	founders[2] = founders[0].clone();
	assert_eq!(refusal(&chain(), founders.clone()), shared);

	founders.truncate(2);
	for minimum in [0, 3] {
		let chain = Chain { minimum: Some(minimum), ..chain() };
		let refusal = refusal(&chain, founders.clone());
		assert!(refusal.contains("there are 2 founders"), "{refusal}");
	}
	let many: Vec<_> = (0..101).map(|_| (Path::new("many.json"), founders[0].clone())).collect();
	let refusal = chain().assemble(&many, None).map(|_| ());
	assert!(matches!(refusal, Err(Error::Disagreement(_))));
}

#[test]
fn an_invalid_part_is_refused_with_its_file_name() {
	let folder = tempfile::tempdir().expect("a temporary folder");
	let path = folder.path().join("part.json");
	let whole = serde_json::to_value(&founders()[0]).expect("it is JSON");
	let read = |text: &str| {
		std::fs::write(&path, text).expect("the folder is writable");
		PublicPart::read(&path)
	};
	assert!(read(&whole.to_string()).is_ok());
	let mut secret = whole.clone();
	secret["secret"] = "0x00".into();
	let mut outside = whole.clone();
	outside["chain"] = "../elsewhere".into();
	let endless = format!("{}{whole}", " ".repeat(1 << 15));
	for text in ["", "{}", &secret.to_string(), &outside.to_string(), &endless] {
		let error = read(text).expect_err("this is not a part").to_string();
		assert!(error.contains("part.json"), "{error}");
	}
	assert!(matches!(PublicPart::read(&folder.path().join("nothing")), Err(Error::Io { .. })));
}

#[test]
fn the_session_keys_of_a_part_are_those_of_the_runtime() {
	let part = &founders()[0];
	let keys = part.session_keys().expect("the proof is right");
	assert_eq!(SessionKeys::decode_into_raw_public_keys(&part.keys).map(|raw| raw.len()), Some(4));
	assert_eq!(keys.encode(), part.keys);
}

/// Runs one of the commands as its line says.
fn check(line: &[&str]) -> Result<(), String> {
	#[derive(clap::Parser)]
	struct Line {
		#[command(flatten)]
		check: CheckCmd,
	}
	let line = Line::try_parse_from(["check"].iter().chain(line));
	let done = line.expect("these are good arguments").check.run();
	done.map_err(|error| error.to_string())
}

#[test]
fn keys_are_only_made_with_the_password_of_the_others() {
	let folder = tempfile::tempdir().expect("there is room");
	let at = |name: &str| folder.path().join(name).display().to_string();
	let (base, out, right, wrong) = (at("node"), at("part.json"), at("right"), at("wrong"));
	for (file, password) in [(&right, "right"), (&wrong, "wrong")] {
		std::fs::write(file, password).expect("there is room");
	}
	let make = |more: &[&str]| {
		command_at(&base, &out, Sr25519Keyring::Alice, Sr25519Keyring::Alice, more).run()
	};
	let keystore = folder.path().join("node/chains").join(ID).join("keystore");
	let files = || -> Vec<_> {
		let entries = std::fs::read_dir(&keystore).expect("it was made");
		entries.map(|entry| entry.expect("it is readable").path()).collect()
	};
	let (with_right, with_wrong) =
		(["--password-filename", &right], ["--password-filename", &wrong]);
	make(&with_right).expect("keys can be made");
	assert_eq!(files().len(), 5);
	for password in [&[][..], &with_wrong] {
		let refused = make(&[&["--renew"][..], password].concat());
		assert!(matches!(refused, Err(Error::Locked(_))), "{refused:?}");
		assert_eq!(files().len(), 5);
	}
	make(&[&["--renew"][..], &with_right].concat()).expect("the password is right");
	assert_eq!(files().len(), 9);

	// A storage node that becomes a validator has only the key of its account.
	let storage = hex::encode(crate::ipfs::key::KEY_TYPE.0);
	let is_storage = |file: &Path| {
		file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&storage))
	};
	for file in files().iter().filter(|file| !is_storage(file)) {
		std::fs::remove_file(file).expect("it is writable");
	}
	assert_eq!(files().len(), 1);
	assert!(matches!(make(&with_wrong), Err(Error::Locked(_))));
	assert_eq!(files().len(), 1);
	make(&with_right).expect("the password is right");
	assert_eq!(files().len(), 5);
}

#[test]
fn a_check_opens_a_key_and_makes_nothing() {
	let folder = tempfile::tempdir().expect("there is room");
	let at = |name: &str| folder.path().join(name).display().to_string();
	let (base, out, chain_file) = (at("node"), at("part.json"), at("chain.json"));
	let (right, wrong, missing) = (at("right"), at("wrong"), at("missing"));
	for (file, password) in [(&right, "right"), (&wrong, "wrong")] {
		std::fs::write(file, password).expect("there is room");
	}
	let alice = Sr25519Keyring::Alice;
	let keys = command_at(&base, &out, alice, alice, &["--password-filename", &right]);
	keys.run().expect("keys can be made");

	let part = std::fs::read_to_string(&out).expect("it was written");
	let mut founders = founders();
	founders[0] = serde_json::from_str(&part).expect("it is a public part");
	let spec = chain().assemble(&parts(founders), None).expect("they fit");
	let spec = spec.as_json(true).expect("it builds");
	std::fs::write(&chain_file, spec).expect("there is room");

	let of = |base: &str, more: &[&str]| {
		check(&[&["--chain", &chain_file, "--base-path", base], more].concat())
	};
	assert_eq!(of(&base, &["--password-filename", &right]), Ok(()));
	for more in [&[][..], &["--password-filename", &wrong]] {
		let refusal = of(&base, more).expect_err("these keys do not open");
		assert!(refusal.contains("do not open; give the password"), "{refusal}");
	}
	let refusal = of(&base, &["--password-filename", &missing]).expect_err("there is no such file");
	assert!(refusal.contains("cannot read the keystore's password"), "{refusal}");
	assert!(refusal.contains(&missing) && !refusal.contains("cannot use"), "{refusal}");

	let nowhere = at("nowhere");
	let refusal = of(&nowhere, &[]).expect_err("there is no such folder");
	assert!(refusal.contains("there is no keystore"), "{refusal}");
	assert!(!Path::new(&nowhere).exists(), "it was made");
}
