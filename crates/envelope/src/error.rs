//! What can go wrong. No variant carries a key, a plaintext or a descriptor's content.

use std::io;

/// Why an envelope or a key wrap was refused, and what to do about it.
///
/// Variants are only ever added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
	/// The input does not start with the magic bytes of an envelope.
	#[error("this is not a Salus envelope; check that the CID belongs to a record")]
	NotAnEnvelope,
	/// The envelope was written in a format that this version does not know.
	#[error("envelope format {found} is not known; use a newer release of Salus")]
	UnknownFormat {
		/// The format version in the header.
		found: u16,
	},
	/// The envelope was written with a cipher suite that this version does not know.
	#[error("envelope suite {found} is not known; use a newer release of Salus")]
	UnknownSuite {
		/// The suite id in the header.
		found: u16,
	},
	/// The header announces a descriptor of a size that cannot be.
	#[error("the header announces a descriptor of {found} bytes, which no envelope has; fetch the first leaf again")]
	DescriptorSize {
		/// The size in the header.
		found: u32,
	},
	/// The envelope ends inside its header or descriptor.
	#[error("the envelope ends after {size} bytes, inside its head; fetch the first leaf again")]
	Truncated {
		/// How many bytes there were.
		size: u64,
	},
	/// The key, the record id or the version is not the one the envelope was sealed under.
	#[error("the key does not fit this record and version; check record id and version, then ask for the key again")]
	WrongKey,
	/// The descriptor does not authenticate.
	#[error(
		"the descriptor was altered; fetch the first leaf again, from another replica if it recurs"
	)]
	DescriptorAltered,
	/// The descriptor authenticates but is no descriptor of this format.
	#[error("the author's software wrote a descriptor that cannot be read; ask the author to send the record again")]
	DescriptorUnreadable,
	/// A leaf does not authenticate: altered, moved, cut, mixed in, or not the last as claimed.
	#[error(
		"leaf {index} was altered, moved or cut; fetch it again, from another replica if it recurs"
	)]
	LeafAltered {
		/// The leaf's position, from zero.
		index: u64,
	},
	/// A leaf has a size that no leaf at this position has.
	#[error("leaf {index} has {size} bytes, which no leaf there has; fetch it again, whole")]
	LeafSize {
		/// The leaf's position, from zero.
		index: u64,
		/// Its size.
		size: u64,
	},
	/// Everything authenticates under the key, but it is not what the chain committed to.
	#[error("the content is not what was registered on chain; discard it and report the record to its hospital")]
	CommitmentMismatch,
	/// More plaintext than 2^32 segments hold.
	#[error(
		"the record is larger than an envelope can hold (4 PiB); split it into several records"
	)]
	TooLarge,
	/// A field of the descriptor holds a control or text direction character.
	#[error("the {field} holds a control character or a mark of text direction; remove line breaks, tabs and such marks from it")]
	ControlCharacter {
		/// The field's name.
		field: &'static str,
	},
	/// A field of the descriptor is empty or too long.
	#[error("the {field} has {size} bytes of UTF-8; give it 1 to {max}")]
	FieldSize {
		/// The field's name.
		field: &'static str,
		/// Its size in bytes.
		size: usize,
		/// The greatest size allowed.
		max: usize,
	},
	/// The file name is a path or a directory.
	#[error(
		"the file name holds a slash, a backslash or a colon, or is a dot directory; give the bare name"
	)]
	FileNameIsPath,
	/// The file name begins with a dot.
	#[error("the file name begins with a dot, so that it is hidden where it is saved, and may be read as settings; give it another beginning")]
	FileNameHidden,
	/// The file name means something else on some systems.
	#[error("the file name is that of a device on Windows (such as CON or NUL), shows nothing, or ends with a dot or a space; give another one")]
	FileNameReserved,
	/// The seed of a key-agreement key is too short to be secret.
	#[error("the seed has {size} bytes; give at least 32 from a secret source")]
	SeedSize {
		/// Its size in bytes.
		size: usize,
	},
	/// The recipient's public key is zero or of low order: everyone could open the wrap.
	#[error("the recipient's key-agreement key is not a usable X25519 key; ask the recipient to rotate it")]
	WeakPublicKey,
	/// A key wrap has another size than 80 bytes.
	#[error("the key wrap has {size} bytes instead of 80; read it from the chain again")]
	WrapSize {
		/// Its size in bytes.
		size: usize,
	},
	/// The wrap was made for another key, record, version, organisation or chain, or altered.
	#[error("the key wrap does not open here: it is for another recipient key, record, version or chain, or was altered; check these, then ask for a new wrap")]
	WrapRefused,
	/// A committee member's share was sealed for another reader or request, or altered.
	#[error("the share does not open here: its member sealed it for another reader or request, or it was altered")]
	ShareRefused,
	/// The plaintext or the ciphertext could not be read.
	#[error("the input could not be read; check its source and start again")]
	Read(#[source] io::Error),
	/// The result could not be written.
	#[error(
		"the output could not be written; check space and rights of its target and start again"
	)]
	Write(#[source] io::Error),
	/// The operating system gave no randomness.
	#[error("the operating system gave no randomness; repair its random device before sealing")]
	NoRandomness,
	/// The cryptographic library refused what it always supports, for want of memory.
	#[error(
		"the cryptographic library failed, probably for want of memory; free some and start again"
	)]
	Library,
}
