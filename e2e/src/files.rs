//! Files like a hospital's, made at run time.

use base64::{engine::general_purpose::STANDARD_NO_PAD, Engine};
use std::{
	fs::File,
	io::{BufWriter, Write},
	os::unix::fs::MetadataExt,
	path::{Path, PathBuf},
};

/// Text that must never leave the client in the clear. Contents, names and titles contain it.
pub const MARKER: &str = "Zz-PLAINTEXT-MARKER-7f3a91";

/// Writes a FHIR R4 Bundle with one laboratory result, and returns its path.
pub fn fhir_bundle(folder: &Path, name: &str, haemoglobin: f32) -> PathBuf {
	let bundle = serde_json::json!({
		"resourceType": "Bundle",
		"type": "collection",
		"entry": [
			{ "resource": {
				"resourceType": "Patient", "id": "p1",
				"name": [{ "family": MARKER, "given": ["Peter", "James"] }],
				"birthDate": "1974-12-25"
			} },
			{ "resource": {
				"resourceType": "Observation", "id": "hb", "status": "final",
				"code": { "coding": [{ "system": "http://loinc.org", "code": "718-7", "display": "Hemoglobin [Mass/volume] in Blood" }] },
				"subject": { "reference": "Patient/p1" },
				"effectiveDateTime": "2026-11-02T08:30:00Z",
				"valueQuantity": { "value": haemoglobin, "unit": "g/dl", "system": "http://unitsofmeasure.org", "code": "g/dL" }
			} }
		]
	});
	let path = folder.join(name);
	std::fs::write(&path, serde_json::to_vec_pretty(&bundle).expect("plain JSON"))
		.expect("the folder is writable");
	path
}

/// Writes a one-page PDF 1.4 with a line of text, and returns its path.
pub fn pdf(folder: &Path, name: &str, text: &str) -> PathBuf {
	let content = format!("BT /F1 18 Tf 72 720 Td ({text} {MARKER}) Tj ET");
	let objects = [
		"<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
		format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
	];
	let mut file = b"%PDF-1.4\n".to_vec();
	let mut offsets = Vec::new();
	for (i, object) in objects.iter().enumerate() {
		offsets.push(file.len());
		file.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", i + 1).as_bytes());
	}
	let start = file.len();
	file.extend_from_slice(
		format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes(),
	);
	for offset in offsets {
		file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
	}
	file.extend_from_slice(
		format!(
			"trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
			objects.len() + 1
		)
		.as_bytes(),
	);
	let path = folder.join(name);
	std::fs::write(&path, file).expect("the folder is writable");
	path
}

/// Writes a file of `size` bytes, and returns its path. It starts like a DICOM file (128 bytes of
/// preamble, `DICM`) and repeats the marker once a MiB in noise that does not compress.
pub fn dicom(folder: &Path, name: &str, size: u64) -> PathBuf {
	let path = folder.join(name);
	let mut out = BufWriter::new(File::create(&path).expect("the folder is writable"));
	// Another name gives other noise, because the client takes the same content twice for a slip.
	let of_name =
		name.bytes().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
	let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ size ^ of_name << 32;
	let mut written = 0u64;
	let mut chunk = Vec::with_capacity(1 << 20);
	while written < size {
		chunk.clear();
		if written == 0 {
			chunk.extend_from_slice(&[0; 128]);
			chunk.extend_from_slice(b"DICM");
		}
		chunk.extend_from_slice(MARKER.as_bytes());
		while chunk.len() < 1 << 20 {
			// xorshift64* (Vigna 2016): fast noise, not for cryptography.
			state ^= state >> 12;
			state ^= state << 25;
			state ^= state >> 27;
			chunk.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
		}
		chunk.truncate((1 << 20).min((size - written) as usize));
		out.write_all(&chunk).expect("there is room for the test's file");
		written += chunk.len() as u64;
	}
	out.flush().expect("there is room for the test's file");
	path
}

/// Returns whether two files hold the same bytes.
pub fn same(one: &Path, other: &Path) -> bool {
	use std::io::Read;
	let open = |path: &Path| {
		File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
	};
	let (mut one, mut other) = (open(one), open(other));
	let length = |file: &File| file.metadata().expect("an open file has metadata").len();
	if length(&one) != length(&other) {
		return false;
	}
	let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
	loop {
		let count = one.read(&mut left).expect("readable");
		if count == 0 {
			return true;
		}
		other.read_exact(&mut right[..count]).expect("readable");
		if left[..count] != right[..count] {
			return false;
		}
	}
}

/// Returns the files below `folder` that contain `marker`.
pub fn containing(folder: &Path, marker: &[u8]) -> Vec<PathBuf> {
	let mut found = Vec::new();
	let mut folders = vec![folder.to_path_buf()];
	while let Some(folder) = folders.pop() {
		for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
			let path = entry.path();
			match entry.file_type() {
				Ok(kind) if kind.is_dir() => folders.push(path),
				Ok(kind) if kind.is_file() && file_contains(&path, marker) => found.push(path),
				_ => {}
			}
		}
	}
	found
}

/// Returns the files without a name that a process has open, as paths that lead to them.
pub fn nameless(process: u32) -> Vec<PathBuf> {
	let open = std::fs::read_dir(format!("/proc/{process}/fd")).expect("the process runs");
	let open = open.map(|entry| entry.expect("a readable folder").path());
	// The process may close one meanwhile.
	open.filter(|path| {
		std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.nlink() == 0)
	})
	.collect()
}

/// Returns those of these files that reveal one of the texts, each with the text: as it is, in
/// hexadecimal, or in base64.
pub fn revealing_of<'a>(files: &[PathBuf], texts: &[&'a str]) -> Vec<(PathBuf, &'a str)> {
	let mut found = Vec::new();
	for text in texts {
		for form in forms(text) {
			let files = files.iter().filter(|path| file_contains(path, form.as_bytes()));
			found.extend(files.map(|path| (path.clone(), *text)));
		}
	}
	found
}

/// Returns the files below `folder` that reveal one of the texts, each with the text: as it is, in
/// hexadecimal, or in base64.
pub fn revealing<'a>(folder: &Path, texts: &[&'a str]) -> Vec<(PathBuf, &'a str)> {
	let mut found = Vec::new();
	for text in texts {
		for form in forms(text) {
			let files = containing(folder, form.as_bytes());
			found.extend(files.into_iter().map(|path| (path, *text)));
		}
	}
	found
}

/// Returns a text as it is, in hexadecimal, and in base64 at each of its three alignments, without
/// the characters that depend on the bytes beside it.
fn forms(text: &str) -> [String; 5] {
	let in_base64 = |before: usize| {
		let bytes = [&[0_u8; 2][..before], text.as_bytes()].concat();
		let encoded = STANDARD_NO_PAD.encode(&bytes);
		encoded[(before * 8).div_ceil(6)..bytes.len() * 8 / 6].to_owned()
	};
	[text.to_owned(), hex::encode(text), in_base64(0), in_base64(1), in_base64(2)]
}

fn file_contains(path: &Path, marker: &[u8]) -> bool {
	use std::io::Read;
	let Ok(mut file) = File::open(path) else {
		return false;
	};
	let mut window = Vec::new();
	let mut chunk = vec![0; 1 << 20];
	loop {
		let count = file.read(&mut chunk).unwrap_or(0);
		if count == 0 {
			return false;
		}
		window.extend_from_slice(&chunk[..count]);
		if window.windows(marker.len()).any(|part| part == marker) {
			return true;
		}
		let keep = window.len().min(marker.len() - 1);
		window.drain(..window.len() - keep);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_search_finds_a_marker_across_chunks() {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let mut bytes = vec![0u8; (1 << 20) - 5];
		bytes.extend_from_slice(MARKER.as_bytes());
		std::fs::write(folder.path().join("a"), &bytes).expect("writable");
		std::fs::write(folder.path().join("b"), [0; 100]).expect("writable");
		assert_eq!(containing(folder.path(), MARKER.as_bytes()), [folder.path().join("a")]);
	}

	#[test]
	fn the_search_finds_an_open_file_without_a_name() {
		let mut file = tempfile::tempfile().expect("a temporary file");
		let text = "a text of this test alone";
		file.write_all(text.as_bytes()).expect("writable");
		let named = tempfile::NamedTempFile::new().expect("a temporary file");
		std::fs::write(named.path(), text).expect("writable");
		let found = || revealing_of(&nameless(std::process::id()), &[text, "nobody's"]);
		assert!(matches!(&found()[..], [(_, one)] if *one == text), "{:?}", found());
		drop(file);
		assert!(found().is_empty());
	}

	#[test]
	fn the_search_finds_a_text_in_other_forms() {
		let folder = tempfile::tempdir().expect("a temporary folder");
		let below = folder.path().join("below");
		std::fs::create_dir(&below).expect("writable");
		let write = |name: &str, text: &str| {
			std::fs::write(below.join(name), text).expect("writable");
		};
		for (before, name) in ["", "x", "xy"].into_iter().zip(["0", "1", "2"]) {
			write(name, &STANDARD_NO_PAD.encode(format!("{before}{MARKER}, and more")));
		}
		write("3", &hex::encode(format!("x{MARKER}")));
		write("4", "something else");
		let mut found = revealing(folder.path(), &[MARKER, "nobody's"]);
		found.sort();
		let expected = ["0", "1", "2", "3"].map(|name| (below.join(name), MARKER));
		assert_eq!(found, expected);
	}
}
