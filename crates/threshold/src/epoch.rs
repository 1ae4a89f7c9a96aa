//! The public part of an epoch's key, and the assembly of each member's secret share.

use std::collections::BTreeMap;

use golden_core::{
	lagrange_coefficients_at_zero, wire::write_element, EvrfProofBackend, FeldmanCommitment,
	GoldenGroup, GoldenScalar, ParticipantIndex, SessionId, Share, TranscriptBuilder,
	TranscriptRoot,
};
use golden_ehtdh1::{
	derive_context_session_id, Combiner, PublicKeySet, PublicShare, SealingKey, SetupContext,
};

use crate::{
	dealing::qualified,
	parameters::participant,
	wire::{hash, Proof, Reader, Scalar, FORMAT_VERSION, G, TAKEN_OVER},
	DealingSecret, EpochParameters, Error, MemberIndex, MemberSecret, Origin, SecretShare,
	VerifiedDealing, MAX_MEMBERS,
};

const WHAT: &str = "public epoch key";

/// Public part of an epoch's key, for sealing and for checking shares.
///
/// Assembling the same dealings always gives the same bytes, and therefore the same
/// [`digest`](Self::digest), which members use to agree.
#[derive(Clone, Debug)]
pub struct EpochPublic {
	genesis: [u8; 32],
	epoch: u32,
	dealers: Vec<MemberIndex>,
	bytes: Vec<u8>,
	digest: [u8; 32],
	/// The first epoch with the key; `None` if it is this one.
	origin: Option<Origin>,
	pub(crate) sealing: SealingKey<G>,
	pub(crate) setup: SetupContext,
	pub(crate) keys: PublicKeySet<G>,
	pub(crate) combiner: Combiner<G>,
}

impl EpochPublic {
	/// Assembles the key from the valid dealings. At least the threshold is required.
	///
	/// A member whose dealing is missing or refused adds nothing to the key. It still receives a
	/// share, because the others' dealings carry one for it. To exclude a member, leave it out of
	/// the parameters and deal again.
	pub fn assemble(
		parameters: &EpochParameters,
		dealings: &[VerifiedDealing],
	) -> Result<Self, Error> {
		let dealings = qualified(parameters, dealings)?;
		let threshold = usize::from(parameters.threshold());
		let weights = weights(parameters, &dealings)?;
		let decryption = sum(
			threshold,
			weights.iter().zip(&dealings).map(|(weight, one)| (weight, &one.decryption.commitment)),
		)?;
		let one = Scalar::one();
		let context =
			sum(threshold, dealings.iter().map(|dealing| (&one, &dealing.context.commitment)))?;
		let inherited = parameters.inherited.as_ref();
		if inherited.is_some_and(|inherited| inherited.key != decryption.public_key()) {
			return Err(Error::ShareMismatch);
		}
		let mut shares = BTreeMap::new();
		for (index, _) in parameters.members() {
			let member = participant(*index)?;
			let share = PublicShare {
				decryption: decryption.public_key_share(member)?,
				context: context.public_key_share(member)?,
			};
			shares.insert(member, share);
		}
		let setup = SetupContext {
			backend_id: G::BACKEND_ID.to_owned(),
			threshold,
			registry_root: parameters.decryption.registry.root(),
			participants: parameters.decryption.registry.indexes().collect(),
			decryption_session_id: parameters.decryption.session_id,
			context_session_id: parameters.context.session_id,
			decryption_transcript_root: completion(
				dealings.iter().map(|one| (one.decryption.dealer, &one.decryption.transcript_root)),
			),
			context_transcript_root: completion(
				dealings.iter().map(|one| (one.context.dealer, &one.context.transcript_root)),
			),
			epoch: parameters.digest(),
		};
		Self::new(
			parameters.genesis(),
			parameters.epoch(),
			dealings.iter().map(|one| one.member()).collect(),
			PublicKeySet::new(threshold, decryption.public_key(), shares)?,
			setup,
			inherited.map(|inherited| inherited.origin),
		)
	}

	fn new(
		genesis: [u8; 32],
		epoch: u32,
		dealers: Vec<MemberIndex>,
		keys: PublicKeySet<G>,
		setup: SetupContext,
		origin: Option<Origin>,
	) -> Result<Self, Error> {
		let mut bytes = vec![if origin.is_some() { TAKEN_OVER } else { FORMAT_VERSION }];
		bytes.extend_from_slice(&genesis);
		bytes.extend_from_slice(&epoch.to_be_bytes());
		if let Some(origin) = &origin {
			bytes.extend_from_slice(&origin.epoch.to_be_bytes());
			bytes.extend_from_slice(&origin.digest);
		}
		bytes.extend_from_slice(&setup.epoch);
		bytes.extend_from_slice(&setup.registry_root);
		bytes.extend_from_slice(&setup.decryption_session_id.0);
		bytes.extend_from_slice(&setup.decryption_transcript_root);
		bytes.extend_from_slice(&setup.context_transcript_root);
		// All three fit 16 bits: there are at most 16 members, with indices from 1 to 16.
		bytes.extend_from_slice(&(keys.threshold as u16).to_be_bytes());
		bytes.extend_from_slice(&dealer_bits(&dealers).to_be_bytes());
		bytes.extend_from_slice(&(keys.public_shares.len() as u16).to_be_bytes());
		write_element::<G>(&mut bytes, &keys.joint_public_key);
		for (member, share) in &keys.public_shares {
			bytes.extend_from_slice(&(member.get() as u16).to_be_bytes());
			write_element::<G>(&mut bytes, &share.decryption);
			write_element::<G>(&mut bytes, &share.context);
		}
		Ok(Self {
			genesis,
			epoch,
			dealers,
			digest: hash("salus/threshold/epoch", &[&bytes]),
			bytes,
			origin,
			sealing: SealingKey::new(keys.joint_public_key)?,
			combiner: Combiner::new(keys.clone(), setup.clone())?,
			setup,
			keys,
		})
	}

	/// Returns the encoding that goes on chain.
	pub fn to_bytes(&self) -> &[u8] {
		&self.bytes
	}

	/// Decodes the key from the chain. Checks that all verification shares belong to the sealing
	/// key.
	///
	/// Does not check that the key results from the epoch's dealings: members confirm that by its
	/// digest.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
		let malformed = || Error::Malformed { what: WHAT };
		let (format, mut reader) = Reader::any(WHAT, bytes)?;
		let genesis = reader.array()?;
		let epoch = reader.u32()?;
		let origin = match format {
			FORMAT_VERSION => None,
			TAKEN_OVER => Some(Origin { epoch: reader.u32()?, digest: reader.array()? }),
			found => return Err(Error::UnknownFormat { what: WHAT, found }),
		};
		if origin.is_some_and(|origin| origin.epoch >= epoch) {
			return Err(malformed());
		}
		let parameters = reader.array()?;
		let registry_root = reader.array()?;
		let session = SessionId(reader.array()?);
		let decryption_root = reader.array()?;
		let context_root = reader.array()?;
		let threshold = reader.u16()?;
		let bits = reader.u16()?;
		let count = reader.u16()?;
		if count > MAX_MEMBERS || threshold > count || threshold * 2 <= count {
			return Err(malformed());
		}
		let joint_public_key = reader.point()?;
		let shares = read_shares(&mut reader, count)?;
		reader.finish()?;
		let participants: Vec<ParticipantIndex> = shares.keys().copied().collect();
		// A key that was taken over has as many dealers as the threshold of the epoch before.
		let fewest = if origin.is_some() { 1 } else { usize::from(threshold) };
		let dealers = dealers_of(bits, &participants)
			.filter(|dealers| dealers.len() >= fewest)
			.ok_or_else(malformed)?;
		let keys = PublicKeySet::new(usize::from(threshold), joint_public_key, shares)
			.map_err(|_| malformed())?;
		let setup = SetupContext {
			backend_id: G::BACKEND_ID.to_owned(),
			threshold: usize::from(threshold),
			registry_root,
			participants,
			decryption_session_id: session,
			context_session_id: derive_context_session_id(session),
			decryption_transcript_root: decryption_root,
			context_transcript_root: context_root,
			epoch: parameters,
		};
		let public =
			Self::new(genesis, epoch, dealers, keys, setup, origin).map_err(|_| malformed())?;
		// Members must be in order and unique, and points must have a unique encoding.
		if public.bytes != bytes {
			return Err(malformed());
		}
		Ok(public)
	}

	/// Returns the hash of the bytes. Members compare it to make sure that they hold the same key.
	pub fn digest(&self) -> [u8; 32] {
		self.digest
	}

	/// Returns the genesis hash of the chain.
	pub fn genesis(&self) -> [u8; 32] {
		self.genesis
	}

	/// Returns the epoch's number.
	pub fn epoch(&self) -> u32 {
		self.epoch
	}

	/// Returns the first epoch with this key, to which everything is sealed.
	pub fn origin(&self) -> Origin {
		self.origin.unwrap_or(Origin { epoch: self.epoch, digest: self.digest })
	}

	/// Returns the number of shares that open a key.
	pub fn threshold(&self) -> u16 {
		// At most 16.
		self.keys.threshold as u16
	}

	/// Returns the members that hold shares.
	pub fn members(&self) -> impl Iterator<Item = MemberIndex> + '_ {
		// At most 16.
		self.keys.public_shares.keys().map(|one| one.get() as u16)
	}

	/// Returns the members whose dealings form the key.
	pub fn dealers(&self) -> &[MemberIndex] {
		&self.dealers
	}

	/// Returns the members whose dealings were missing or refused, or not required.
	pub fn excluded(&self) -> impl Iterator<Item = MemberIndex> + '_ {
		self.members().filter(|index| !self.dealers.contains(index))
	}

	/// Assembles a member's share from the dealings that form this key.
	///
	/// `own` is the secret part of the member's own dealing, required if that dealing is among
	/// them. The result is checked against the member's public verification share.
	pub fn secret_share(
		&self,
		parameters: &EpochParameters,
		dealings: &[VerifiedDealing],
		secret: &MemberSecret,
		own: Option<&DealingSecret>,
	) -> Result<SecretShare, Error> {
		let index = parameters.index_of(secret)?;
		let member = participant(index)?;
		let dealings = qualified(parameters, dealings)?;
		if self.setup.epoch != parameters.digest()
			|| !dealings.iter().map(|one| one.member()).eq(self.dealers.iter().copied())
		{
			return Err(Error::OtherEpoch { what: "set of dealings" });
		}
		let identity = secret.scalar();
		let weights = weights(parameters, &dealings)?;
		let mut decryption = Scalar::zero();
		let mut context = Scalar::zero();
		for (weight, dealing) in weights.iter().zip(dealings) {
			let (x, z) = if dealing.member() == index {
				own.and_then(|own| own.scalars(parameters, index)).ok_or(Error::NoDealingSecret)?
			} else {
				let decrypt = |message: &golden_core::DealerMessage<G>| {
					let encrypted =
						message.encrypted_shares.get(&member).ok_or(Error::ShareMismatch)?;
					let dealer = parameters.decryption.registry.public_key(message.dealer)?;
					let pad = Proof::derive_pad(
						message.msg_i,
						&parameters.decryption.beta,
						&identity,
						dealer,
						parameters.decryption.registry.public_key(member)?,
					)?;
					Ok::<_, Error>(encrypted.encrypted_share.sub(&pad))
				};
				(decrypt(&dealing.decryption)?, decrypt(&dealing.context)?)
			};
			for (commitment, value) in
				[(&dealing.decryption.commitment, x), (&dealing.context.commitment, z)]
			{
				let share = Share { participant: member, value };
				if !commitment.verify_share(&share)? {
					let own = dealing.member() == index;
					return Err(if own { Error::NoDealingSecret } else { Error::ShareMismatch });
				}
			}
			decryption = decryption.add(&x.mul(weight));
			context = context.add(&z);
		}
		let fits = self.keys.public_share(member).is_some_and(|share| {
			G::mul_generator(&decryption) == share.decryption
				&& G::mul_generator(&context) == share.context
		});
		if !fits {
			return Err(Error::ShareMismatch);
		}
		Ok(SecretShare::new(self, index, &decryption, &context))
	}
}

/// Returns the weights of the dealers' polynomials in the key. In a new key, each weight is 1. In a
/// key that is taken over, the dealings are of its shares, which determine it by interpolation.
fn weights(
	parameters: &EpochParameters,
	dealings: &[&VerifiedDealing],
) -> Result<Vec<Scalar>, Error> {
	let Some(inherited) = &parameters.inherited else {
		return Ok(vec![Scalar::one(); dealings.len()]);
	};
	let places = dealings.iter().map(|dealing| {
		let (before, _) = inherited.holders.get(&dealing.member()).ok_or(Error::NoShare)?;
		Ok(participant(*before)?.to_scalar::<Scalar>()?)
	});
	let places: Vec<Scalar> = places.collect::<Result<_, Error>>()?;
	Ok(lagrange_coefficients_at_zero(&places)?)
}

/// Returns the commitment to the weighted sum of the dealers' polynomials.
fn sum<'a>(
	threshold: usize,
	commitments: impl Iterator<Item = (&'a Scalar, &'a FeldmanCommitment<G>)>,
) -> Result<FeldmanCommitment<G>, Error> {
	let mut total = vec![G::identity(); threshold];
	for (weight, commitment) in commitments {
		for (sum, coefficient) in total.iter_mut().zip(commitment.coefficients()) {
			*sum = G::add(sum, &G::mul(coefficient, weight));
		}
	}
	Ok(FeldmanCommitment::from_coefficients(total)?)
}

/// Computes the library's root over a set of dealings. The library itself does so only for complete
/// sets.
fn completion<'a>(
	dealings: impl ExactSizeIterator<Item = (ParticipantIndex, &'a TranscriptRoot)>,
) -> TranscriptRoot {
	let mut transcript = TranscriptBuilder::with_prefix(b"golden-core-v1", b"completion");
	transcript.bytes(b"backend", G::BACKEND_ID.as_bytes());
	transcript.usize(b"dealings-len", dealings.len());
	for (dealer, root) in dealings {
		transcript.participant(b"dealer", dealer);
		transcript.bytes(b"dealing-root", root);
	}
	transcript.root()
}

/// Reads the verification shares of `count` members.
fn read_shares(
	reader: &mut Reader<'_>,
	count: u16,
) -> Result<BTreeMap<ParticipantIndex, PublicShare<G>>, Error> {
	let malformed = || Error::Malformed { what: WHAT };
	let mut shares = BTreeMap::new();
	for _ in 0..count {
		let index = reader.u16()?;
		if index > MAX_MEMBERS {
			return Err(malformed());
		}
		let member = participant(index).map_err(|_| malformed())?;
		let share = PublicShare { decryption: reader.point()?, context: reader.point()? };
		shares.insert(member, share);
	}
	Ok(shares)
}

/// Returns a bitmap with bit `index - 1` set for each dealer.
fn dealer_bits(dealers: &[MemberIndex]) -> u16 {
	dealers.iter().fold(0, |bits, index| bits | 1 << (index.saturating_sub(1)))
}

/// Returns the dealers of a bitmap. `None` if one of them is not among the participants.
fn dealers_of(bits: u16, participants: &[ParticipantIndex]) -> Option<Vec<MemberIndex>> {
	let dealers: Vec<MemberIndex> =
		(1..=MAX_MEMBERS).filter(|index| bits >> (index - 1) & 1 == 1).collect();
	let is_known =
		|index: &MemberIndex| participants.iter().any(|one| one.get() == u32::from(*index));
	dealers.iter().all(is_known).then_some(dealers)
}
