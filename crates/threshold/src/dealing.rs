//! Dealings: each member's contribution to the epoch's key, which everyone can check.

use std::collections::BTreeSet;

use golden_core::{
	create_dealing_with_secret,
	wire::{WireDecode, WireEncode},
	DealerMessage, DkgDealing, GoldenGroup, GoldenScalar,
};
use rayon::prelude::*;

use crate::{
	parameters::participant,
	secret::DealingSecret,
	wire::{randomness, Proof, Reader, Scalar, FORMAT_VERSION, G},
	DealingError, DealingFault, EpochParameters, Error, MemberIndex, MemberSecret, SecretShare,
};

/// Maximum size of a dealing, in bytes. A dealing to 16 members has 6,221 bytes.
pub const MAX_DEALING_SIZE: usize = 16 * 1024;

/// Dealing of a member: the part to post and the part to keep.
#[derive(Debug)]
pub struct Dealing {
	/// Message to post: encrypted shares for the other members, with the proof that they can
	/// decrypt them.
	pub message: Vec<u8>,
	/// Secret to keep: the member's share of its own dealing, which nothing else can restore. Store
	/// it before posting the message.
	pub secret: DealingSecret,
}

/// Dealing that passed [`verify_dealing`].
#[derive(Clone, Debug)]
pub struct VerifiedDealing {
	member: MemberIndex,
	/// Digest of the parameters under which it was verified.
	pub(crate) parameters: [u8; 32],
	pub(crate) decryption: DealerMessage<G>,
	pub(crate) context: DealerMessage<G>,
}

impl VerifiedDealing {
	/// Returns the member that made the dealing.
	pub fn member(&self) -> MemberIndex {
		self.member
	}
}

/// Makes the dealing of the member that owns `secret`. Takes seconds of processor time.
pub fn deal(parameters: &EpochParameters, secret: &MemberSecret) -> Result<Dealing, Error> {
	if parameters.inherited.is_some() {
		return Err(Error::OtherDealing);
	}
	let mut randomness = randomness()?;
	let contribution = loop {
		let scalar = Scalar::random(&mut randomness);
		if !bool::from(scalar.is_zero()) {
			break scalar;
		}
	};
	deal_secret(parameters, secret, contribution)
}

/// Makes the dealing of a member that holds `share` of the key that the epoch takes over: deals
/// this share to the epoch's members. Takes seconds of processor time.
pub fn reshare(
	parameters: &EpochParameters,
	secret: &MemberSecret,
	share: &SecretShare,
) -> Result<Dealing, Error> {
	let inherited = parameters.inherited.as_ref().ok_or(Error::OtherDealing)?;
	let index = parameters.index_of(secret)?;
	let (before, public) = inherited.holders.get(&index).ok_or(Error::NoShare)?;
	let contribution = share.decryption();
	let fits = share.digest() == inherited.digest
		&& share.member() == *before
		&& G::mul_generator(&contribution) == *public;
	if !fits {
		return Err(Error::NoShare);
	}
	deal_secret(parameters, secret, contribution)
}

/// Deals a secret, and zero for the context.
fn deal_secret(
	parameters: &EpochParameters,
	secret: &MemberSecret,
	contribution: Scalar,
) -> Result<Dealing, Error> {
	let index = parameters.index_of(secret)?;
	let dealer = participant(index)?;
	let identity = secret.scalar();
	let (decryption, context) = rayon::join(
		|| -> Result<DkgDealing<G>, Error> {
			Ok(create_dealing_with_secret::<G, Proof>(
				dealer,
				&identity,
				contribution,
				&parameters.decryption,
				&mut randomness()?,
			)?)
		},
		|| -> Result<DkgDealing<G>, Error> {
			Ok(create_dealing_with_secret::<G, Proof>(
				dealer,
				&identity,
				Scalar::zero(),
				&parameters.context,
				&mut randomness()?,
			)?)
		},
	);
	let (decryption, context) = (decryption?, context?);
	Ok(Dealing {
		message: encode(parameters, &decryption.message, &context.message),
		secret: DealingSecret::new(
			parameters,
			index,
			&decryption.private_share.value,
			&context.private_share.value,
		),
	})
}

fn encode(
	parameters: &EpochParameters,
	decryption: &DealerMessage<G>,
	context: &DealerMessage<G>,
) -> Vec<u8> {
	let mut bytes = vec![FORMAT_VERSION];
	bytes.extend_from_slice(&parameters.epoch().to_be_bytes());
	decryption.write_wire(&mut bytes);
	context.write_wire(&mut bytes);
	bytes
}

/// Verifies a dealing completely: that `member` made it for this epoch, that its degree is right,
/// that it deals the member's share of the key that the epoch takes over, if it does, that its
/// context sharing is of zero, and that every other member can decrypt its share.
///
/// Needs no secret, so everyone gets the same result.
pub fn verify_dealing(
	parameters: &EpochParameters,
	member: MemberIndex,
	bytes: &[u8],
) -> Result<VerifiedDealing, DealingError> {
	let dealing = read(parameters, member, bytes)?;
	check_proof(parameters, &dealing)?;
	Ok(dealing)
}

/// Verifies many dealings together, which is faster than one by one. The results are in the order
/// of the input.
pub fn verify_dealings<B: AsRef<[u8]> + Sync>(
	parameters: &EpochParameters,
	dealings: &[(MemberIndex, B)],
) -> Vec<Result<VerifiedDealing, DealingError>> {
	let read: Vec<_> = dealings
		.par_iter()
		.map(|(member, bytes)| read(parameters, *member, bytes.as_ref()))
		.collect();
	let sound: Vec<&VerifiedDealing> = read.iter().flatten().collect();
	let (decryption, context) = rayon::join(
		|| {
			let messages: Vec<_> = sound.iter().map(|dealing| &dealing.decryption).collect();
			golden_core::verify_dealings::<G, Proof>(&messages, &parameters.decryption)
		},
		|| {
			let messages: Vec<_> = sound.iter().map(|dealing| &dealing.context).collect();
			golden_core::verify_dealings::<G, Proof>(&messages, &parameters.context)
		},
	);
	if decryption.is_ok() && context.is_ok() {
		return read;
	}
	// At least one proof fails, but the batch does not say which.
	read.into_par_iter()
		.map(|dealing| {
			let dealing = dealing?;
			check_proof(parameters, &dealing)?;
			Ok(dealing)
		})
		.collect()
}

/// Checks everything except the proofs.
fn read(
	parameters: &EpochParameters,
	member: MemberIndex,
	bytes: &[u8],
) -> Result<VerifiedDealing, DealingError> {
	let refuse = |fault| DealingError { member, fault };
	if !parameters.has(member) {
		return Err(refuse(DealingFault::UnknownMember));
	}
	let (epoch, decryption, context) =
		decode(bytes).map_err(|_| refuse(DealingFault::Malformed))?;
	if epoch != parameters.epoch() {
		return Err(refuse(DealingFault::OtherEpoch));
	}
	// Points and scalars must have a unique encoding, or an altered dealing could still pass.
	if encode(parameters, &decryption, &context) != bytes {
		return Err(refuse(DealingFault::Malformed));
	}
	for (message, config) in
		[(&decryption, &parameters.decryption), (&context, &parameters.context)]
	{
		if message.session_id != config.session_id
			|| message.registry_root != config.registry.root()
		{
			return Err(refuse(DealingFault::OtherEpoch));
		}
		if message.dealer.get() != u32::from(member) {
			let found = message.dealer.get();
			return Err(refuse(DealingFault::OtherMember { found }));
		}
	}
	// The library checks only the sum of all dealings, which identifies no member.
	if !bool::from(G::is_identity(&context.commitment.public_key())) {
		return Err(refuse(DealingFault::NotZero));
	}
	let dealt = decryption.commitment.public_key();
	if bool::from(G::is_identity(&dealt)) {
		return Err(refuse(DealingFault::NoContribution));
	}
	if let Some(inherited) = &parameters.inherited {
		// A dealing of something else would change the key.
		if inherited.holders.get(&member).is_none_or(|(_, share)| *share != dealt) {
			return Err(refuse(DealingFault::OtherSecret));
		}
	}
	Ok(VerifiedDealing { member, parameters: parameters.digest(), decryption, context })
}

fn decode(bytes: &[u8]) -> Result<(u32, DealerMessage<G>, DealerMessage<G>), Error> {
	let malformed = || Error::Malformed { what: "dealing" };
	if bytes.len() > MAX_DEALING_SIZE {
		return Err(malformed());
	}
	let mut reader = Reader::new("dealing", bytes)?;
	let epoch = reader.u32()?;
	let decryption = DealerMessage::read_wire(&mut reader.inner).map_err(|_| malformed())?;
	let context = DealerMessage::read_wire(&mut reader.inner).map_err(|_| malformed())?;
	reader.finish()?;
	Ok((epoch, decryption, context))
}

fn check_proof(
	parameters: &EpochParameters,
	dealing: &VerifiedDealing,
) -> Result<(), DealingError> {
	let (decryption, context) = rayon::join(
		|| golden_core::verify_dealing::<G, Proof>(&dealing.decryption, &parameters.decryption),
		|| golden_core::verify_dealing::<G, Proof>(&dealing.context, &parameters.context),
	);
	if decryption.is_err() || context.is_err() {
		return Err(DealingError { member: dealing.member, fault: DealingFault::Proof });
	}
	Ok(())
}

/// Returns the dealings in order of their members, if they are enough, for this epoch, and from
/// different members. If the epoch takes over a key, returns the first ones that determine it.
pub(crate) fn qualified<'a>(
	parameters: &EpochParameters,
	dealings: &'a [VerifiedDealing],
) -> Result<Vec<&'a VerifiedDealing>, Error> {
	let mut seen = BTreeSet::new();
	for dealing in dealings {
		let member = dealing.member;
		if dealing.parameters != parameters.digest() {
			return Err(Error::ForeignDealing { member });
		}
		if !seen.insert(member) {
			return Err(Error::DealtTwice { member });
		}
	}
	let need = usize::from(parameters.quorum());
	if dealings.len() < need {
		return Err(Error::TooFewDealings { have: dealings.len(), need });
	}
	let mut dealings: Vec<_> = dealings.iter().collect();
	dealings.sort_by_key(|dealing| dealing.member);
	if parameters.inherited.is_some() {
		dealings.truncate(need);
	}
	Ok(dealings)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{threshold_of, EpochPublic, MemberIdentity};

	#[test]
	fn a_member_that_deals_another_secret_is_refused() {
		let secret = MemberSecret::generate().unwrap();
		let members: Vec<(MemberIndex, MemberIdentity)> = vec![(1, secret.identity())];
		let first = EpochParameters::new([7; 32], 1, members.clone(), threshold_of(1)).unwrap();
		let dealing = deal(&first, &secret).unwrap();
		let verified = [verify_dealing(&first, 1, &dealing.message).unwrap()];
		let public = EpochPublic::assemble(&first, &verified).unwrap();
		let next = EpochParameters::resharing(2, members, 1, &public, &[(1, 1)]).unwrap();
		let forged = deal_secret(&next, &secret, Scalar::one()).unwrap();
		let refused = verify_dealing(&next, 1, &forged.message).unwrap_err();
		assert_eq!(refused.fault, DealingFault::OtherSecret);
	}
}
