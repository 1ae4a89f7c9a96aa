use super::*;
use subxt_signer::polkadot_js_compat::decrypt_json;

/// An export of polkadot.js (from subxt-signer's own tests); password `whoisbob`.
const BOB: &str = r#"{
	"encoded": "J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIAAQAAAAgAAAB5o0DwXCWDblsH+9pc++RaBO4fpHBHzUirHFHFE9yS3sDzgAIQjhgvPqJ3ODrMR2gy7vk0VZg1fyirIvmsrfjGbWnOI8YU0joX0tYytroyWaykFKtZJMmE0pNKcJ5dJmDxscbK53Ac+7ld2UdH07yKPXxmPuYNNw3vKx8cg9CdQgifKfzQxHnC+EUpOoHPLwGlHsFEYtIlQtngqd9n",
	"encoding": { "content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3" },
	"address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
	"meta": { "genesisHash": "", "name": "Bob (Dev)", "whenCreated": 1768916488918 }
}"#;

fn password(text: &str) -> Password {
	text.to_owned().into()
}

#[test]
fn our_file_opens_here_and_in_subxt_signer() {
	let signer = Signer::generate().unwrap();
	let json = encrypt(&signer, "Ward 7", &password("correct horse")).unwrap();
	assert_eq!(decrypt(&json, &password("correct horse")).unwrap().account(), signer.own_account());
	let theirs = decrypt_json(&json, "correct horse").unwrap();
	assert_eq!(theirs.public_key().0, signer.own_account().0);
	let expected = KeystoreInfo { account: signer.own_account(), name: "Ward 7".into() };
	assert_eq!(info(&json).unwrap(), expected);
}

#[test]
fn a_file_of_polkadot_js_opens() {
	let signer = decrypt(BOB, &password("whoisbob")).unwrap();
	let expected = "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8";
	assert_eq!(signer.own_account().to_string(), expected);
	assert_eq!(info(BOB).unwrap().name, "Bob (Dev)");
}

#[test]
fn a_wrong_password_differs_from_a_damaged_file() {
	assert!(matches!(decrypt(BOB, &password("whoisalice")), Err(KeyError::WrongPassword)));
	let other_address = BOB.replace(
		"5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8",
		"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
	);
	assert!(matches!(decrypt(&other_address, &password("whoisbob")), Err(KeyError::Damaged)));
	let costly = BOB.replace(
		"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIA",
		"J2FFcPHAY11Pmq/38eqbwfUv9OPitYJs+oYgahBvlagAAAIB",
	);
	assert!(matches!(decrypt(&costly, &password("whoisbob")), Err(KeyError::UnknownEncoding)));
	for json in ["", "{}", "hello", "[1]"] {
		assert!(matches!(decrypt(json, &password("x")), Err(KeyError::NotAKeystore)));
	}
	assert!(matches!(
		encrypt(&Signer::generate().unwrap(), "", &password("")),
		Err(KeyError::EmptyPassword)
	));
}

#[test]
fn a_password_changes_and_everything_else_stays() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("bob.json");
	std::fs::write(&path, BOB).unwrap();
	let (old, new) = (password("whoisbob"), password("correct horse"));
	assert!(is_encrypted(BOB).unwrap());
	let changed = change_password(BOB, Some(&old), &new).unwrap();
	replace(&path, &changed).unwrap();

	let read = read(&path).unwrap();
	assert_eq!(info(&read).unwrap(), info(BOB).unwrap());
	let file: Value = serde_json::from_str(&read).unwrap();
	assert_eq!(file["meta"]["whenCreated"], 1_768_916_488_918_u64);
	assert!(decrypt(&read, &new).is_ok());
	assert!(decrypt_json(&read, "correct horse").is_ok());
	assert!(matches!(decrypt(&read, &old), Err(KeyError::WrongPassword)));
	// One file, and only its owner can read it.
	assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let mode = std::fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
	}

	let wrong = change_password(BOB, Some(&new), &old);
	assert!(matches!(wrong, Err(KeyError::WrongPassword)));
	let none = change_password(BOB, Some(&old), &password(""));
	assert!(matches!(none, Err(KeyError::EmptyPassword)));
	// An encrypted file is not accepted as an unencrypted one.
	assert!(change_password(BOB, None, &new).is_err());
}

#[test]
fn an_unencrypted_file_gets_a_password() {
	let signer = Signer::generate().unwrap();
	let mut plain = HEAD.to_vec();
	plain.extend_from_slice(&*signer.secret());
	plain.extend_from_slice(&DIVIDER);
	plain.extend_from_slice(&signer.own_account().0);
	let open = serde_json::json!({
		"encoded": STANDARD.encode(&plain),
		"encoding": { "content": ["pkcs8", "sr25519"], "type": ["none"], "version": "3" },
		"address": signer.own_account(),
		"meta": { "name": "Ward 7", "tags": ["x"] },
	})
	.to_string();
	assert!(!is_encrypted(&open).unwrap());
	let new = password("correct horse");
	let closed = change_password(&open, None, &new).unwrap();
	assert_eq!(decrypt(&closed, &new).unwrap().own_account(), signer.own_account());
	assert!(closed.contains("tags") && !closed.contains(&STANDARD.encode(&plain)));
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_no_copy_keeps_the_old_password() {
	let folder = tempfile::tempdir().unwrap();
	let (file, link) = (folder.path().join("stick"), folder.path().join("bob.json"));
	std::fs::write(&file, BOB).unwrap();
	std::os::unix::fs::symlink(&file, &link).unwrap();
	replace(&link, "{}").unwrap();
	assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
	assert_eq!(std::fs::read_to_string(&file).unwrap(), "{}\n");
}

/// The forms come from polkadot.js 13 (`createFromUri`, `toJson`, `backupAccounts`).
#[test]
fn other_exports_of_polkadot_js_are_named() {
	let export = |content: &str, kind: &str, rest: &str| {
		format!(
			r#"{{"encoded": "MFMCAQEwBQYDK2VwBCIEIA==", "encoding": {{"content": {content},
			"type": {kind}, "version": "3"}}, {rest}}}"#
		)
	};
	let locked = r#"["scrypt", "xsalsa20-poly1305"]"#;
	let bob = r#""address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8", "meta": {}"#;
	let short = r#""address": "0x8097c3c354652cb1eeed3e5b65fba2576470678a", "meta": {}"#;
	let long = r#""address": "0x02a3af9f5e6de6e6e6fa2d3c7ae1a3fd3b0a8ba4a5a7c9c0e5b3fd5d5e5c5b5a59", "meta": {}"#;
	let several = r#""accounts": [{"address": "5CfWTDh7XxJ2yrayqQ2aJnnZAH5v5XaF1oJFfH5QCpbfP9v8", "meta": {}}]"#;
	for (json, says) in [
		(export(r#"["pkcs8", "sr25519"]"#, r#"["none"]"#, bob), "not encrypted"),
		(export(r#"["pkcs8", "sr25519"]"#, r#""none""#, bob), "not encrypted"),
		(export(r#"["batch-pkcs8"]"#, locked, several), "several accounts"),
		(export(r#"["pkcs8", "ed25519"]"#, locked, bob), "ed25519"),
		(export(r#"["pkcs8", "ecdsa"]"#, locked, long), "ecdsa"),
		(export(r#"["pkcs8", "ethereum"]"#, locked, short), "ethereum"),
		(export(r#"["pkcs9", "sr25519"]"#, locked, bob), "does not know"),
	] {
		// Reported before a password is asked for.
		let error = info(&json).unwrap_err().to_string();
		assert!(error.contains(says), "{says}: {error}");
		let error = decrypt(&json, &password("x")).unwrap_err().to_string();
		assert!(error.contains(says), "{says}: {error}");
	}
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_file() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("file");
	let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
		let mut file = mark.to_vec();
		file.extend("whoisbob\r\n".encode_utf16().flat_map(bytes));
		file
	};
	for file in [
		[&b"\xef\xbb\xbf"[..], b"whoisbob\r\n"].concat(),
		utf16([0xff, 0xfe], u16::to_le_bytes),
		utf16([0xfe, 0xff], u16::to_be_bytes),
	] {
		std::fs::write(&path, file).unwrap();
		let found = Password::from_file(&path).unwrap();
		assert!(found.equals(&password("whoisbob")));
	}
	for file in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"caf\xe9"] {
		std::fs::write(&path, file).unwrap();
		let error = Password::from_file(&path).unwrap_err();
		assert!(matches!(error, KeyError::PasswordFile { .. }), "{error}");
	}
	std::fs::write(&path, format!("\u{feff}{BOB}")).unwrap();
	assert_eq!(*read(&path).unwrap(), BOB);
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_a_file_and_it_is_never_replaced() {
	use std::os::unix::fs::PermissionsExt;
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("key.json");
	write(&path, BOB).unwrap();
	assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
	assert!(matches!(write(&path, "other"), Err(KeyError::Exists { .. })));
	assert_eq!(read(&path).unwrap().trim(), BOB);
}

#[test]
fn a_password_file_gives_its_first_line() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("password");
	std::fs::write(&path, "whoisbob\r\nsecond line\n").unwrap();
	assert!(Password::from_file(&path).unwrap().equals(&password("whoisbob")));
	std::fs::write(&path, "\nsecond").unwrap();
	assert!(matches!(Password::from_file(&path), Err(KeyError::EmptyPassword)));
	assert_eq!(format!("{:?}", password("whoisbob")), "Password(..)");
}
