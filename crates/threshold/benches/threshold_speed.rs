//! Measures a committee's set-up, its shares and its sizes: `threshold_speed [MEMBERS [SECONDS
//! [DEALINGS]]]`.
//!
//! First it measures the set-up, in wall-clock time and in processor time over all threads. Then it
//! measures, on one core, how many shares are made and verified per second of processor time, from
//! the best pass of each. The bare library does the same with a key of the same size; the passes
//! alternate, so a busy machine affects both equally. It exits with an error if a ratio is below
//! 0.8. Where all dealings would take minutes, request fewer; with fewer than the threshold it
//! stops after the set-up.

use std::{
	collections::BTreeMap,
	error::Error,
	hint::black_box,
	time::{Duration, Instant},
};

use golden_core::{GoldenGroup, GoldenScalar, ParticipantIndex, Polynomial, SessionId};
use golden_ehtdh1::{
	derive_context_session_id,
	wire::{from_wire_bytes, to_wire_bytes},
	Combiner, DecryptionShare, PublicKeySet, PublicShare, SealingKey, SecretShare, SetupContext,
	UnsealingShare,
};
use golden_halo2curves::golden_group::{Secp256k1GoldenGroup as G, Secp256k1Scalar as Scalar};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};
use salus_threshold::{
	deal, threshold_of, verify_dealing, verify_dealings, Binding, Dealing, EpochParameters,
	EpochPublic, MemberSecret, Release, ReleaseContext, SealedKey, VerifiedDealing,
	SEALED_KEY_SIZE, SHARE_SIZE,
};

const DEK: [u8; 32] = [42; 32];
const FLOOR: f64 = 0.8;

fn main() -> Result<(), Box<dyn Error>> {
	let mut arguments = std::env::args().skip(1);
	let members: u16 = arguments.next().map_or(Ok(4), |text| text.parse())?;
	let seconds: u64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
	let dealers: usize = arguments.next().map_or(Ok(usize::from(members)), |text| text.parse())?;
	println!("members {members}, threshold {}", threshold_of(members));
	let Some(committee) = Committee::set_up(members, dealers)? else {
		return Ok(());
	};
	let (making, checking) = compare_shares(&committee, Duration::from_secs(seconds))?;
	open(&committee)?;
	if making < FLOOR || checking < FLOOR {
		return Err(format!("a ratio is below {FLOOR}").into());
	}
	Ok(())
}

/// A committee whose members all hold their shares.
struct Committee {
	public: EpochPublic,
	shares: Vec<salus_threshold::SecretShare>,
}

impl Committee {
	/// Sets a committee up and measures each step. `None` if there are fewer dealings than the
	/// threshold.
	fn set_up(members: u16, dealers: usize) -> Result<Option<Self>, Box<dyn Error>> {
		let secrets =
			(0..members).map(|_| MemberSecret::generate()).collect::<Result<Vec<_>, _>>()?;
		let identities = (1..).zip(secrets.iter().map(MemberSecret::identity)).collect();
		let threshold = threshold_of(members);
		let parameters = EpochParameters::new([7; 32], 1, identities, threshold)?;
		let dealings = deal_all(&parameters, secrets.iter().take(dealers))?;
		let verified = verify_all(&parameters, &dealings)?;
		if verified.len() < usize::from(threshold) {
			return Ok(None);
		}
		let clock = Clock::start();
		let public = EpochPublic::assemble(&parameters, &verified)?;
		println!("assembling         {clock}");
		let clock = Clock::start();
		let shares = secrets
			.iter()
			.enumerate()
			.map(|(at, secret)| {
				let own = dealings.get(at).map(|own| &own.secret);
				public.secret_share(&parameters, &verified, secret, own)
			})
			.collect::<Result<Vec<_>, _>>()?;
		println!("all secret shares  {clock}");
		println!(
			"bytes: public key {}, sealed key {SEALED_KEY_SIZE}, share {SHARE_SIZE}",
			public.to_bytes().len()
		);
		Ok(Some(Self { public, shares }))
	}
}

/// Makes the dealings, and measures the first two.
fn deal_all<'a>(
	parameters: &EpochParameters,
	secrets: impl Iterator<Item = &'a MemberSecret>,
) -> Result<Vec<Dealing>, Box<dyn Error>> {
	let mut dealings = Vec::new();
	for (at, secret) in secrets.enumerate() {
		// The first dealing also builds tables that live as long as the process.
		let clock = Clock::start();
		dealings.push(deal(parameters, secret)?);
		match at {
			0 => println!("first dealing      {clock}"),
			1 => println!("a further dealing  {clock}"),
			_ => {}
		}
	}
	Ok(dealings)
}

/// Verifies one dealing, then all, and measures both.
fn verify_all(
	parameters: &EpochParameters,
	dealings: &[Dealing],
) -> Result<Vec<VerifiedDealing>, Box<dyn Error>> {
	let messages: Vec<_> =
		(1..).zip(dealings.iter().map(|dealing| dealing.message.as_slice())).collect();
	if let Some((member, bytes)) = messages.first() {
		let clock = Clock::start();
		verify_dealing(parameters, *member, bytes)?;
		println!("checking one       {clock}");
	}
	let clock = Clock::start();
	let verified =
		verify_dealings(parameters, &messages).into_iter().collect::<Result<Vec<_>, _>>()?;
	println!("checking all {:<6}{clock}", messages.len());
	let longest = messages.iter().map(|(_, bytes)| bytes.len()).max();
	println!("bytes of a dealing {:>9}", longest.unwrap_or_default());
	Ok(verified)
}

/// Seals a key to a committee, for release in a context that is always the same.
fn sealed(committee: &Committee) -> Result<(SealedKey, ReleaseContext), Box<dyn Error>> {
	let binding = Binding { record: [1; 32], version: 1 };
	let context = ReleaseContext {
		genesis: [7; 32],
		binding,
		log_entry: [2; 32],
		reader_key: [3; 32],
		purpose: 1,
		expiry: 1,
	};
	Ok((committee.public.seal(&DEK, &binding)?, context))
}

/// Measures how fast shares are made and verified. Returns both ratios to the bare library.
fn compare_shares(committee: &Committee, budget: Duration) -> Result<(f64, f64), Box<dyn Error>> {
	let Committee { public, shares } = committee;
	let (sealed, context) = sealed(committee)?;
	let secret = shares.first().ok_or("no members")?;
	let share = Release::new(public, &sealed, &context)?.share(secret)?;

	let mut bare = Bare::new(shares.len(), usize::from(public.threshold()))?;
	let message =
		bare.sealing.seal_bytes_with_associated_data(&mut bare.randomness, &DEK, &[0; 99])?;
	let bare_share = to_wire_bytes(&bare.secret.decrypt_share(
		&mut bare.randomness,
		&bare.setup,
		&message,
		&[0; 32],
	)?);
	bare.check(&message, &bare_share)?;

	let (ours, theirs) = alternate(
		budget,
		|| {
			let release = Release::new(public, &sealed, &context)?;
			black_box(release.share(secret)?);
			Ok(())
		},
		|| {
			let share =
				bare.secret.decrypt_share(&mut bare.randomness, &bare.setup, &message, &[0; 32])?;
			black_box(to_wire_bytes(&share));
			Ok(())
		},
	)?;
	let making = report("share", ours, theirs);
	let (ours, theirs) = alternate(
		budget,
		|| {
			let release = Release::new(public, &sealed, &context)?;
			Ok(release.verify(secret.member(), &share)?)
		},
		|| bare.check(&message, &bare_share),
	)?;
	Ok((making, report("verify", ours, theirs)))
}

/// Opens a key with the fewest shares that can, measures that, and compares the key.
fn open(committee: &Committee) -> Result<(), Box<dyn Error>> {
	let Committee { public, shares } = committee;
	let (sealed, context) = sealed(committee)?;
	let threshold = public.threshold();
	let release = Release::new(public, &sealed, &context)?;
	let made = shares
		.iter()
		.take(usize::from(threshold))
		.map(|secret| Ok((secret.member(), release.share(secret)?)))
		.collect::<Result<Vec<_>, salus_threshold::Error>>()?;
	let clock = Clock::start();
	let opened = release.combine(made.iter().map(|(member, share)| (*member, &share[..])))?;
	println!("combine {threshold}          {clock}");
	if *opened.dek != DEK {
		return Err("the opened key differs".into());
	}
	Ok(())
}

/// Key of the bare library, dealt centrally. Its speed is the same.
struct Bare {
	randomness: ChaCha20Rng,
	sealing: SealingKey<G>,
	secret: UnsealingShare<G>,
	setup: SetupContext,
	combiner: Combiner<G>,
}

impl Bare {
	fn new(members: usize, threshold: usize) -> Result<Self, Box<dyn Error>> {
		let mut randomness = ChaCha20Rng::from_seed([5; 32]);
		let secret = Scalar::random(&mut randomness);
		let x = Polynomial::random_with_secret(secret, threshold, &mut randomness)?;
		let z = Polynomial::random_with_secret(Scalar::zero(), threshold, &mut randomness)?;
		let participants = (1..=u32::try_from(members)?)
			.map(ParticipantIndex::new)
			.collect::<Result<Vec<_>, _>>()?;
		let mut public = BTreeMap::new();
		let mut secrets = Vec::new();
		for participant in &participants {
			let decryption = x.evaluate(*participant)?.value;
			let context = z.evaluate(*participant)?.value;
			public.insert(
				*participant,
				PublicShare {
					decryption: G::mul_generator(&decryption),
					context: G::mul_generator(&context),
				},
			);
			secrets.push(SecretShare { participant: *participant, decryption, context });
		}
		let key = G::mul_generator(&secret);
		let setup = SetupContext {
			backend_id: G::BACKEND_ID.to_owned(),
			threshold,
			registry_root: [1; 32],
			participants,
			decryption_session_id: SessionId([2; 32]),
			context_session_id: derive_context_session_id(SessionId([2; 32])),
			decryption_transcript_root: [3; 32],
			context_transcript_root: [4; 32],
			epoch: [5; 32],
		};
		Ok(Self {
			randomness,
			sealing: SealingKey::new(key)?,
			secret: UnsealingShare::new(secrets.into_iter().next().ok_or("no members")?),
			combiner: Combiner::new(PublicKeySet::new(threshold, key, public)?, setup.clone())?,
			setup,
		})
	}

	/// Verifies one share in the only way that the library offers.
	fn check(
		&self,
		message: &golden_ehtdh1::Ciphertext<G>,
		bytes: &[u8],
	) -> Result<(), Box<dyn Error>> {
		let share = from_wire_bytes::<DecryptionShare<G>>(bytes)?;
		let combined =
			self.combiner.combine_quorum(message, &[0; 32], std::slice::from_ref(&share));
		match combined {
			Ok(_) | Err(golden_ehtdh1::CombineError::InsufficientShares { provided: 1, .. }) => {
				Ok(())
			}
			Err(error) => Err(error.into()),
		}
	}
}

/// Returns the best pass of each.
fn alternate(
	budget: Duration,
	mut ours: impl FnMut() -> Result<(), Box<dyn Error>>,
	mut theirs: impl FnMut() -> Result<(), Box<dyn Error>>,
) -> Result<(Duration, Duration), Box<dyn Error>> {
	let start = Instant::now();
	let mut best = (Duration::MAX, Duration::MAX);
	while start.elapsed() < budget {
		let first = thread_time(start);
		ours()?;
		let second = thread_time(start);
		theirs()?;
		let third = thread_time(start);
		best.0 = best.0.min(second - first);
		best.1 = best.1.min(third - second);
	}
	Ok(best)
}

fn report(name: &str, ours: Duration, theirs: Duration) -> f64 {
	let rate = |time: Duration| 1.0 / time.as_secs_f64();
	let ratio = rate(ours) / rate(theirs);
	println!(
		"{name}: {:.0} per second and core, the bare library {:.0}, ratio {ratio:.2}",
		rate(ours),
		rate(theirs)
	);
	ratio
}

/// Clock of wall-clock time and processor time.
struct Clock {
	wall: Instant,
	processor: Duration,
}

impl Clock {
	fn start() -> Self {
		let wall = Instant::now();
		Self { wall, processor: process_time(wall) }
	}
}

impl std::fmt::Display for Clock {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let processor = process_time(self.wall).saturating_sub(self.processor);
		let ms = |time: Duration| time.as_secs_f64() * 1e3;
		write!(
			f,
			"{:>9.1} ms, {:>9.1} ms of processor time",
			ms(self.wall.elapsed()),
			ms(processor)
		)
	}
}

#[cfg(unix)]
fn thread_time(_: Instant) -> Duration {
	read(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(unix)]
fn process_time(_: Instant) -> Duration {
	read(rustix::time::ClockId::ProcessCPUTime)
}

#[cfg(unix)]
fn read(clock: rustix::time::ClockId) -> Duration {
	let time = rustix::time::clock_gettime(clock);
	Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Returns wall-clock time, which includes time that other processes take.
#[cfg(not(unix))]
fn thread_time(start: Instant) -> Duration {
	start.elapsed()
}

#[cfg(not(unix))]
fn process_time(start: Instant) -> Duration {
	start.elapsed()
}
