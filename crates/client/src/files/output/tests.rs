use super::{
	part::{unnamed, write_private, Part},
	*,
};
use crate::files::private::is_still;
use std::io::Write;

fn names(folder: &Path) -> Vec<String> {
	let mut names: Vec<_> = fs::read_dir(folder)
		.unwrap()
		.map(|file| file.unwrap().file_name().into_string().unwrap())
		.collect();
	names.sort();
	names
}

fn file(path: PathBuf, replace: bool) -> Output {
	Output::File { path, replace }
}

/// Creates a part of either kind, regardless of what this system prefers.
const KINDS: [fn(&Path) -> io::Result<Part>; 2] = [Part::create, Part::named];

#[test]
fn the_target_is_checked_before_a_key_is_requested() {
	let folder = tempfile::tempdir().unwrap();
	let there = folder.path().join("there");
	fs::write(&there, b"mine").unwrap();
	let error = file(there.clone(), false).prepare(10).unwrap_err();
	assert!(matches!(error, OutputError::Exists(path) if path == there));
	let missing = folder.path().join("missing");
	for output in [
		Output::Folder(missing.clone()),
		file(missing.join("x"), false),
		file(missing.join("x"), true),
		file(missing.join("."), false),
	] {
		let error = output.prepare(10).unwrap_err();
		assert!(matches!(error, OutputError::NoFolder(path) if path == missing));
	}
	// `missing/` is not a file in the folder above.
	let slash = missing.join("");
	let error = file(slash.clone(), true).prepare(10).unwrap_err();
	assert!(matches!(error, OutputError::NoFolder(path) if path == slash));
	for name in ["x.", "x..", "...", "y/.hidden"] {
		assert!(!names_a_folder(Path::new(name)), "{name}");
	}
	let error = file(folder.path().to_owned(), true).prepare(10);
	assert!(matches!(error, Err(OutputError::NotAFile(_))));
	assert_eq!(fs::read(&there).unwrap(), b"mine");
	assert_eq!(names(folder.path()), ["there"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_noticed_before_a_key_is_requested() {
	let folder = tempfile::tempdir().unwrap();
	// More than any disk has, and less than the largest file size.
	let output = file(folder.path().join("x"), false);
	let error = output.prepare(1 << 60).unwrap_err();
	assert!(matches!(error, OutputError::NoRoom { size, .. } if size == 1 << 60), "{error}");
	let full = Output::Folder("/dev/full".into()).prepare(1);
	assert!(matches!(full, Err(OutputError::NoFolder(_))));
	assert_eq!(names(folder.path()), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_device_is_not_replaced() {
	let error = file("/dev/null".into(), true).prepare(1);
	assert!(matches!(error, Err(OutputError::NotAFile(_))));
}

#[test]
fn the_authors_name_is_made_safe_and_replaces_nothing() {
	let folder = tempfile::tempdir().unwrap();
	let output = Output::Folder(folder.path().to_owned());
	for (name, saved) in [
		(".bash_aliases", "_bash_aliases"),
		("../../etc/cron.d/x", "_._.._etc_cron.d_x"),
		("CON", "_CON"),
	] {
		let part = output.prepare(3).unwrap();
		(&part.file).write_all(b"abc").unwrap();
		let path = output.finish(part, name).unwrap();
		assert_eq!(path, folder.path().join(saved));
		assert_eq!(fs::read(&path).unwrap(), b"abc");
		let again = output.prepare(3).unwrap();
		let error = output.finish(again, name).unwrap_err();
		let there = folder.path().join(saved);
		assert!(matches!(&error, OutputError::NameTaken { file, .. } if *file == there));
		assert!(!error.to_string().contains(saved), "names reveal things about patients");
	}
}

#[test]
fn a_part_appears_whole_and_replaces_only_what_it_may() {
	let folder = tempfile::tempdir().unwrap();
	for replace in [false, true] {
		for kind in KINDS {
			let part = kind(folder.path()).unwrap();
			let target = folder.path().join("target");
			if replace {
				fs::write(&target, b"before").unwrap();
			}
			reserve(&part.file, 1 << 20).unwrap();
			(&part.file).write_all(b"plain").unwrap();
			part.trim(5).unwrap();
			part.persist(&target, replace).unwrap();
			assert_eq!(fs::read(&target).unwrap(), b"plain");
			assert_eq!(names(folder.path()), ["target"]);
			#[cfg(unix)]
			{
				use std::os::unix::fs::{MetadataExt, PermissionsExt};
				let metadata = target.metadata().unwrap();
				assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
				assert!(metadata.blocks() <= 16, "the reserved space is released");
			}
			for kind in KINDS {
				let late = kind(folder.path()).unwrap();
				let error = late.persist(&target, false).unwrap_err();
				assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
			}
			assert_eq!(names(folder.path()), ["target"]);
			fs::remove_file(&target).unwrap();
		}
	}
}

/// Runs in a separate process, which the test below starts.
#[test]
fn in_a_process_of_its_own() {
	let Some(folder) = std::env::var_os("SALUS_TEST_FOLDER") else {
		return;
	};
	for kind in KINDS {
		let part = kind(folder.as_ref()).unwrap();
		(&part.file).write_all(b"plain").unwrap();
		// As a thread would hold it that is still at work when the process has to end.
		std::mem::forget(part);
	}
	if std::env::var_os("SALUS_TEST_KILLED").is_none() {
		discard_unfinished();
	}
	std::process::abort();
}

#[cfg(target_os = "linux")]
#[test]
fn no_plaintext_outlives_the_next_opening() {
	let folder = tempfile::tempdir().unwrap();
	let run = |killed: Option<&str>| {
		let mut command = std::process::Command::new(std::env::current_exe().unwrap());
		command
			.args(["--exact", "files::output::tests::in_a_process_of_its_own"])
			.env("SALUS_TEST_FOLDER", folder.path())
			.stdout(std::process::Stdio::null())
			.stderr(std::process::Stdio::null());
		if let Some(killed) = killed {
			command.env("SALUS_TEST_KILLED", killed);
		}
		assert!(!command.status().unwrap().success());
	};
	run(None);
	assert_eq!(names(folder.path()), [""; 0], "the process was asked to end");
	run(Some("1"));
	// Where files without names exist, only the other kind is left.
	let left = names(folder.path());
	assert!((1..=2).contains(&left.len()), "{left:?}");
	drop(Output::Folder(folder.path().into()).prepare(1).unwrap());
	assert_eq!(names(folder.path()), [""; 0], "after the next opening");
}

#[test]
fn a_dropped_part_leaves_nothing() {
	let folder = tempfile::tempdir().unwrap();
	for kind in KINDS {
		let part = kind(folder.path()).unwrap();
		(&part.file).write_all(b"plain").unwrap();
		drop(part);
	}
	assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_private_file_that_fails_half_way_leaves_nothing() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("key.json");
	for replace in [false, true] {
		let failed = write_private(&path, replace, |file| {
			file.write_all(b"half of it")?;
			assert!(!path.exists());
			Err(io::ErrorKind::StorageFull.into())
		});
		assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
		assert_eq!(names(folder.path()), [""; 0]);
	}
	create_private(&path, b"all of it").unwrap();
	let again = create_private(&path, b"another").unwrap_err();
	assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
	assert_eq!(fs::read(&path).unwrap(), b"all of it");
	assert_eq!(names(folder.path()), ["key.json"]);
}

#[cfg(target_os = "linux")]
#[test]
fn an_unnamed_part_is_not_in_the_folder() {
	let folder = tempfile::tempdir().unwrap();
	let Some(file) = unnamed(folder.path()) else {
		eprintln!("this file system has no unnamed files");
		return;
	};
	(&file).write_all(b"plain").unwrap();
	assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn leftovers_of_killed_processes_are_removed_alone() {
	let folder = tempfile::tempdir().unwrap();
	let left = [".salus-0123456789abcdef01234567.part", ".salus-Ab3xYz.part"];
	for name in left {
		fs::write(folder.path().join(name), b"plain").unwrap();
	}
	let others = [".salus-notes.of-mine.part", ".salus-.part", "salus-1.part"];
	for name in others {
		fs::write(folder.path().join(name), b"mine").unwrap();
	}
	let live = Part::named(folder.path()).unwrap();
	drop(Output::Folder(folder.path().into()).prepare(1).unwrap());
	let now = names(folder.path());
	assert!(left.iter().all(|name| !now.contains(&(*name).into())), "{now:?}");
	assert!(others.iter().all(|name| now.contains(&(*name).into())), "{now:?}");
	assert!(is_still(&live.file, live.name.as_deref().unwrap()));
	assert_eq!(now.len(), others.len() + 1);
}
