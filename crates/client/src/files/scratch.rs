//! Content that waits in a temporary file, sealed under a key that is only in memory.
//!
//! The file has no name, and each file has its own random key, so nothing opens what is left of it
//! on a disk once the process ends. It consists of chunks of 64 KiB, each sealed with AES-256-GCM
//! under its number as the nonce. A chunk that was altered or moved does not open, and the size is
//! in memory, so a file that was cut short is noticed. No number is used twice under a key.

use std::{
	fmt,
	fs::File,
	io::{self, BufRead, Read, Seek, SeekFrom, Write},
	sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce, UnboundKey, AES_256_GCM};
use zeroize::Zeroizing;

use super::output::{reserve, OutputError};

/// Size of a chunk's content, in bytes. The last chunk may be shorter.
const CHUNK: usize = 64 * 1024;
/// Size of a chunk's tag, in bytes.
const TAG: usize = 16;

/// Content in a temporary file that only this process can read. Clones share the file, which
/// disappears with the last of them, and with the process.
///
/// ```
/// use salus_client::ScratchWriter;
/// use std::io::{Read, Write};
///
/// let mut writer = ScratchWriter::new()?;
/// writer.write_all(b"all is well")?;
/// let scratch = writer.finish()?;
/// let mut content = String::new();
/// scratch.reader().read_to_string(&mut content)?;
/// assert_eq!(content, "all is well");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Scratch(Arc<Sealed>);

/// A sealed file, whole.
struct Sealed {
	/// The file. Readers share its position, so each one takes the lock to seek and read.
	file: Mutex<File>,
	key: LessSafeKey,
	/// Size of the content, in bytes.
	size: u64,
	id: [u8; 16],
}

/// Writer of a [`Scratch`], from the beginning of the content to its end.
pub struct ScratchWriter {
	file: File,
	key: LessSafeKey,
	id: [u8; 16],
	/// Content of the chunk that is not sealed yet.
	chunk: Zeroizing<Vec<u8>>,
	/// Number of sealed chunks.
	sealed: u64,
	/// Whether sealing or writing a chunk failed. No chunk is sealed from then on, since two with
	/// the same number would break GCM.
	is_broken: bool,
}

/// Reader of a [`Scratch`], at any position. Each one has its own.
pub struct ScratchReader {
	scratch: Scratch,
	/// Position in the content, in bytes.
	at: u64,
	/// Content of the chunk that was opened last.
	chunk: Zeroizing<Vec<u8>>,
	/// Number of that chunk; `None` if none is open.
	number: Option<u64>,
}

impl Scratch {
	/// Keeps bytes.
	pub fn of(bytes: &[u8]) -> io::Result<Self> {
		let mut writer = ScratchWriter::new()?;
		writer.write_all(bytes)?;
		writer.finish()
	}

	/// Returns the size of the content, in bytes.
	pub fn size(&self) -> u64 {
		self.0.size
	}

	/// Returns a reader at the beginning of the content. It fails if the file was damaged.
	pub fn reader(&self) -> ScratchReader {
		let longest = usize::try_from(self.size()).unwrap_or(CHUNK).min(CHUNK).saturating_add(TAG);
		ScratchReader {
			scratch: self.clone(),
			at: 0,
			// With room for a whole chunk, it never leaves a copy elsewhere in memory.
			chunk: Zeroizing::new(Vec::with_capacity(longest)),
			number: None,
		}
	}

	/// Copies the whole content to a writer.
	pub(crate) fn copy_to(&self, out: &mut dyn Write) -> io::Result<()> {
		let mut reader = self.reader();
		loop {
			let part = reader.fill_buf()?;
			if part.is_empty() {
				return out.flush();
			}
			out.write_all(part)?;
			let length = part.len();
			reader.consume(length);
		}
	}

	/// Returns the id of this content, which no other has.
	pub(crate) fn id(&self) -> &[u8; 16] {
		&self.0.id
	}
}

/// Shows nothing: neither the key nor the content.
impl fmt::Debug for Scratch {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("Scratch(..)")
	}
}

impl PartialEq for Scratch {
	fn eq(&self, other: &Self) -> bool {
		Arc::ptr_eq(&self.0, &other.0)
	}
}

impl Eq for Scratch {}

impl Sealed {
	/// Reads and opens a chunk.
	fn open(&self, number: u64, chunk: &mut Vec<u8>) -> io::Result<()> {
		let before = number.saturating_mul(CHUNK as u64);
		let length = usize::try_from(self.size.saturating_sub(before)).unwrap_or(CHUNK).min(CHUNK);
		chunk.resize(length.saturating_add(TAG), 0);
		let start = number.saturating_mul((CHUNK + TAG) as u64);
		let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
		let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(chunk));
		drop(file);
		read.map_err(|error| match error.kind() {
			io::ErrorKind::UnexpectedEof => damaged(),
			_ => error,
		})?;
		self.key.open_in_place(nonce(number), Aad::empty(), chunk).map_err(|_| damaged())?;
		chunk.truncate(length);
		Ok(())
	}
}

impl ScratchWriter {
	/// Creates a file in the system's temporary folder, and its key.
	pub fn new() -> io::Result<Self> {
		let (mut key, mut id) = (Zeroizing::new([0u8; 32]), [0u8; 16]);
		getrandom::fill(&mut *key).map_err(io::Error::other)?;
		getrandom::fill(&mut id).map_err(io::Error::other)?;
		let key = UnboundKey::new(&AES_256_GCM, &*key).map_err(|_| unsealed())?;
		Ok(Self {
			file: tempfile::tempfile()?,
			key: LessSafeKey::new(key),
			id,
			chunk: Zeroizing::new(Vec::with_capacity(CHUNK + TAG)),
			sealed: 0,
			is_broken: false,
		})
	}

	/// Does the same, and reserves room on the disk for content of this size, in bytes.
	pub(crate) fn reserved(size: u64) -> Result<Self, OutputError> {
		let folder = std::env::temp_dir();
		let failed = |source| OutputError::Io { folder: std::env::temp_dir(), source };
		let writer = Self::new().map_err(failed)?;
		match reserve(&writer.file, sealed_size(size)).map_err(failed)? {
			true => Ok(writer),
			false => Err(OutputError::NoRoom { folder, size }),
		}
	}

	/// Ends the content. Room that was reserved and is not needed becomes free.
	pub fn finish(mut self) -> io::Result<Scratch> {
		let before = self.sealed.saturating_mul(CHUNK as u64);
		let size = before.saturating_add(self.chunk.len() as u64);
		if !self.chunk.is_empty() {
			self.seal()?;
		}
		self.file.set_len(sealed_size(size))?;
		let Self { file, key, id, .. } = self;
		Ok(Scratch(Arc::new(Sealed { file: Mutex::new(file), key, size, id })))
	}

	/// Seals the chunk, and writes it to the file.
	fn seal(&mut self) -> io::Result<()> {
		if self.is_broken {
			return Err(io::Error::other("an earlier part was not written; start again"));
		}
		self.is_broken = true;
		let tag = self
			.key
			.seal_in_place_separate_tag(nonce(self.sealed), Aad::empty(), &mut self.chunk)
			.map_err(|_| unsealed())?;
		self.chunk.extend_from_slice(tag.as_ref());
		self.file.write_all(&self.chunk)?;
		self.chunk.clear();
		self.sealed = self.sealed.checked_add(1).ok_or_else(unsealed)?;
		self.is_broken = false;
		Ok(())
	}
}

/// Shows nothing: neither the key nor the content.
impl fmt::Debug for ScratchWriter {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("ScratchWriter(..)")
	}
}

impl Write for ScratchWriter {
	fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
		// Also longer than a chunk, if writing its tag failed.
		if self.chunk.len() >= CHUNK {
			self.seal()?;
		}
		let room = CHUNK.saturating_sub(self.chunk.len());
		let taken = bytes.get(..room).unwrap_or(bytes);
		self.chunk.extend_from_slice(taken);
		Ok(taken.len())
	}

	/// Does nothing: only a whole chunk is sealed, and [`finish`](ScratchWriter::finish) seals the
	/// last one.
	fn flush(&mut self) -> io::Result<()> {
		Ok(())
	}
}

/// Shows nothing: neither the key nor the content.
impl fmt::Debug for ScratchReader {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("ScratchReader(..)")
	}
}

impl Read for ScratchReader {
	fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
		let mut rest = self.fill_buf()?;
		let read = rest.read(buffer)?;
		self.consume(read);
		Ok(read)
	}
}

impl BufRead for ScratchReader {
	fn fill_buf(&mut self) -> io::Result<&[u8]> {
		if self.at >= self.scratch.size() {
			return Ok(&[]);
		}
		let (number, start) = (self.at / CHUNK as u64, self.at % CHUNK as u64);
		if self.number != Some(number) {
			self.number = None;
			self.scratch.0.open(number, &mut self.chunk)?;
			self.number = Some(number);
		}
		Ok(self.chunk.get(start as usize..).unwrap_or_default())
	}

	fn consume(&mut self, read: usize) {
		self.at = self.at.saturating_add(read as u64);
	}
}

impl Seek for ScratchReader {
	fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
		let at = match to {
			SeekFrom::Start(at) => Some(at),
			SeekFrom::End(by) => self.scratch.size().checked_add_signed(by),
			SeekFrom::Current(by) => self.at.checked_add_signed(by),
		};
		self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
		Ok(self.at)
	}
}

/// Returns the nonce of a chunk. It can be its number, because each key serves one file only.
fn nonce(number: u64) -> Nonce {
	let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
	Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

/// Returns the size of the file with content of this size, in bytes.
fn sealed_size(size: u64) -> u64 {
	size.saturating_add(size.div_ceil(CHUNK as u64).saturating_mul(TAG as u64))
}

/// Returns the error of a file that something changed.
fn damaged() -> io::Error {
	let text = "the temporary file was damaged; check the disk, and start again";
	io::Error::new(io::ErrorKind::InvalidData, text)
}

/// Returns the error of the cryptographic library.
fn unsealed() -> io::Error {
	io::Error::other("the cryptographic library failed, probably out of memory; start again")
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Returns bytes that repeat only after a prime number of them.
	fn bytes(size: usize) -> Vec<u8> {
		(0..size).map(|at| (at % 251) as u8).collect()
	}

	fn read(scratch: &Scratch, from: u64, length: usize) -> io::Result<Vec<u8>> {
		let mut reader = scratch.reader();
		reader.seek(SeekFrom::Start(from))?;
		let mut read = vec![0; length];
		reader.read_exact(&mut read)?;
		Ok(read)
	}

	/// Returns all bytes of the file.
	fn file_of(scratch: &Scratch) -> Vec<u8> {
		let mut file = scratch.0.file.lock().unwrap();
		file.rewind().unwrap();
		let mut found = Vec::new();
		file.read_to_end(&mut found).unwrap();
		found
	}

	/// Overwrites the bytes of the file from a position on.
	fn overwrite(scratch: &Scratch, at: usize, bytes: &[u8]) {
		let mut file = scratch.0.file.lock().unwrap();
		file.seek(SeekFrom::Start(at as u64)).unwrap();
		file.write_all(bytes).unwrap();
	}

	#[test]
	fn content_comes_back_whatever_its_size() {
		for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7] {
			let content = bytes(size);
			for part in [1000, CHUNK, CHUNK + 1, 5 * CHUNK] {
				let mut writer = ScratchWriter::new().unwrap();
				for part in content.chunks(part) {
					writer.write_all(part).unwrap();
					writer.flush().unwrap();
				}
				let scratch = writer.finish().unwrap();
				assert_eq!(scratch.size(), size as u64);
				assert_eq!(file_of(&scratch).len() as u64, sealed_size(size as u64));
				let mut found = Vec::new();
				scratch.reader().read_to_end(&mut found).unwrap();
				assert!(found == content, "{size} in parts of {part}");
				let mut copied = Vec::new();
				scratch.copy_to(&mut copied).unwrap();
				assert!(copied == content);
			}
		}
	}

	#[test]
	fn ranges_are_those_bytes() {
		let content = bytes(3 * CHUNK + 7);
		let scratch = Scratch::of(&content).unwrap();
		let all = content.len();
		for (from, until) in
			[(0, 1), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (5, all), (all - 1, all), (9, 9)]
		{
			let found = read(&scratch, from as u64, until - from).unwrap();
			assert!(found == content[from..until], "{from} to {until}");
		}
		let mut reader = scratch.reader();
		assert_eq!(reader.seek(SeekFrom::End(-7)).unwrap(), 3 * CHUNK as u64);
		let mut end = Vec::new();
		reader.read_to_end(&mut end).unwrap();
		assert_eq!(end, content[3 * CHUNK..]);
		assert!(reader.seek(SeekFrom::Current(-1 - all as i64)).is_err());
		assert_eq!(reader.stream_position().unwrap(), all as u64, "it stays where it was");
		let beyond = read(&scratch, all as u64, 1).unwrap_err();
		assert_eq!(beyond.kind(), io::ErrorKind::UnexpectedEof);
	}

	#[test]
	fn readers_share_a_file_and_not_a_position() {
		let content = bytes(4 * CHUNK);
		let scratch = Scratch::of(&content).unwrap();
		std::thread::scope(|scope| {
			for _ in 0..4 {
				scope.spawn(|| {
					let mut found = Vec::new();
					scratch.reader().read_to_end(&mut found).unwrap();
					assert!(found == content);
				});
			}
		});
	}

	#[test]
	fn the_file_has_none_of_the_content() {
		let marker = b"a text that nobody may find on the disk";
		let content = marker.repeat(3000);
		let [one, other] = [(); 2].map(|()| Scratch::of(&content).unwrap());
		let (in_one, in_other) = (file_of(&one), file_of(&other));
		assert!(!in_one.windows(marker.len()).any(|part| part == marker));
		assert!(in_one != in_other, "each file has its own key");
		assert_ne!(one.id(), other.id());
		assert!(one != other && one == one.clone());
	}

	#[test]
	fn damage_is_an_error_and_never_other_content() {
		let content = bytes(3 * CHUNK);
		let is_damaged = |scratch: &Scratch, chunk: usize| {
			let found = read(scratch, (chunk * CHUNK) as u64, 1);
			found.is_err_and(|error| error.kind() == io::ErrorKind::InvalidData)
		};
		// A bit of the content, and one of the tag.
		for at in [CHUNK + TAG + 100, 2 * (CHUNK + TAG) - 1] {
			let scratch = Scratch::of(&content).unwrap();
			let byte = file_of(&scratch)[at];
			overwrite(&scratch, at, &[byte ^ 1]);
			assert_eq!([0, 1, 2].map(|chunk| is_damaged(&scratch, chunk)), [false, true, false]);
			let mut found = Vec::new();
			assert!(scratch.reader().read_to_end(&mut found).is_err());
			assert!(found == content[..CHUNK], "nothing follows that is not authentic");
		}
		// Another chunk of the file, and the same one of another file.
		let scratch = Scratch::of(&content).unwrap();
		let first = file_of(&scratch)[..CHUNK + TAG].to_vec();
		overwrite(&scratch, CHUNK + TAG, &first);
		let foreign = file_of(&Scratch::of(&content).unwrap());
		overwrite(&scratch, 2 * (CHUNK + TAG), &foreign[2 * (CHUNK + TAG)..]);
		assert!(!is_damaged(&scratch, 0) && is_damaged(&scratch, 1) && is_damaged(&scratch, 2));
	}

	#[test]
	fn a_file_that_was_cut_short_is_an_error() {
		let scratch = Scratch::of(&bytes(2 * CHUNK)).unwrap();
		for length in [CHUNK + TAG + 1, CHUNK + TAG] {
			scratch.0.file.lock().unwrap().set_len(length as u64).unwrap();
			let mut found = Vec::new();
			let error = scratch.reader().read_to_end(&mut found).unwrap_err();
			assert_eq!(error.kind(), io::ErrorKind::InvalidData);
			assert_eq!(found.len(), CHUNK);
		}
	}

	#[test]
	fn no_number_is_used_twice_after_a_failure() {
		let mut writer = ScratchWriter::new().unwrap();
		let own = tempfile::NamedTempFile::new().unwrap();
		// Nobody can write to it.
		writer.file = File::open(own.path()).unwrap();
		let content = bytes(CHUNK);
		writer.write_all(&content).unwrap();
		assert!(writer.write_all(&content).is_err());
		writer.file = tempfile::tempfile().unwrap();
		assert!(writer.write_all(&content).is_err(), "it stays broken");
		assert!(writer.finish().is_err());
	}

	#[test]
	fn no_debug_shows_a_key_or_content() {
		let writer = ScratchWriter::new().unwrap();
		assert_eq!(format!("{writer:?}"), "ScratchWriter(..)");
		let scratch = writer.finish().unwrap();
		assert_eq!(format!("{scratch:?}"), "Scratch(..)");
		assert_eq!(format!("{:?}", scratch.reader()), "ScratchReader(..)");
	}

	#[cfg(target_os = "linux")]
	#[test]
	fn a_full_disk_is_noticed_before_anything_is_written() {
		let error = ScratchWriter::reserved(1 << 60).unwrap_err();
		assert!(matches!(error, OutputError::NoRoom { size, .. } if size == 1 << 60), "{error}");
		let mut writer = ScratchWriter::reserved(1 << 20).unwrap();
		writer.write_all(b"plain").unwrap();
		let scratch = writer.finish().unwrap();
		use std::os::unix::fs::MetadataExt;
		let blocks = scratch.0.file.lock().unwrap().metadata().unwrap().blocks();
		assert!(blocks <= 16, "the reserved space is released");
	}
}
