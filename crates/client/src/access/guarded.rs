//! Opening a guarded record's key: ask on chain, wait for the hospitals' shares, combine them.
//!
//! The one-time secret lives for as long as the release stands, and no longer than the opening takes: in this process's memory,
//! and, from before the chain is asked, sealed in the reader's state folder, so that an opening that broke off goes on with the
//! same request.

use std::{
	collections::{BTreeMap, BTreeSet},
	future::Future,
	sync::Arc,
	time::Duration,
};

use salus_envelope::{Dek, Delivery};
use salus_primitives::{
	AccessRequest, Action, Basis, Decision, DenyReason, LogEvent, MemberIndex, OrganisationId,
	Question, RecordId, Release, ReleaseDetails, RequestId, SealedKey, Version,
};
use salus_threshold::{self as threshold, Binding, CombineError, EpochPublic, ReleaseContext};
use serde::Deserialize;
use tokio::time::{sleep, Instant};
use zeroize::Zeroizing;

use crate::{
	access::open::Request,
	chain::calls,
	chain::submit::{Follow, Included, Logged, Signed},
	error::Missing,
	progress::{Milestone, Progress, Step},
	state::journal::StateDir,
	state::readings::{Asked, BrokenOff, Kept, OneTime},
	Account, Client, Error, Signer, SubmitError,
};

/// How often the posted shares are looked at. Blocks come every two seconds.
const PAUSE: Duration = Duration::from_millis(400);

/// How often the hospitals' votes are looked at while a request is not final.
const GLANCE: Duration = Duration::from_secs(2);

/// After how many looks with the same number missing it is told.
const STEADY: u32 = 4;

/// A key that hospitals released.
#[derive(Clone, Debug)]
pub struct Released {
	/// The key.
	pub dek: Dek,
	/// Number of the request.
	pub request: RequestId,
	/// What the permit rested on.
	pub basis: Basis,
	/// Hospitals that posted bad shares, by their place in the committee.
	pub bad: Vec<MemberIndex>,
}

/// Tells milestones with the time since the beginning.
struct Teller<'a> {
	progress: &'a dyn Progress,
	began: Instant,
}

impl Teller<'_> {
	fn tell(&self, milestone: Milestone) {
		self.progress.reached(&milestone, self.began.elapsed());
	}
}

/// Whether there is nothing to go on with: the request was refused, or never will be carried out. After any other error it may
/// have its answer all the same.
fn is_settled(error: &Error) -> bool {
	matches!(
		error,
		Error::Refused(_)
			| Error::NotFound(_)
			| Error::Erased(_)
			| Error::Submit(
				SubmitError::Chain(_)
					| SubmitError::Invalid { .. }
					| SubmitError::UnknownCall { .. }
			)
	)
}

/// A request that is in a block is not repeated: it is gone on with.
fn not_final_yet(error: SubmitError) -> Error {
	match error {
		SubmitError::NotFinal { block, finalized, seconds, .. } => {
			Error::RequestNotFinal { block, finalized, seconds }
		}
		error => error.into(),
	}
}

/// A release under way, as its reader sees it.
struct Opening {
	public: EpochPublic,
	sealed: threshold::SealedKey,
	context: ReleaseContext,
	one_time: OneTime,
	/// Which organisations the members are, as far as the chain tells.
	organisations: BTreeMap<MemberIndex, OrganisationId>,
	/// Good or not yet known to be bad, opened.
	shares: Vec<(MemberIndex, Zeroizing<Vec<u8>>)>,
	bad: BTreeSet<MemberIndex>,
}

/// Where an opening stands after a look at the posted shares.
enum Standing {
	Open(Dek),
	Missing(u32),
}

impl Opening {
	/// Takes the shares that were posted since, and opens the key if they are enough.
	fn take(
		&mut self,
		details: &ReleaseDetails<Account>,
		tell: &dyn Fn(Milestone),
	) -> Result<Standing, Error> {
		let threshold = u32::from(self.public.threshold());
		let release = self.context.digest();
		let organisations = &self.organisations;
		let bad_share = |bad: &mut BTreeSet<MemberIndex>, member, fault: String| {
			if bad.insert(member) {
				tell(Milestone::BadShare {
					member,
					organisation: organisations.get(&member).copied(),
					fault,
				});
			}
		};
		let context = threshold::Release::new(&self.public, &self.sealed, &self.context)
			.map_err(Error::Committee)?;
		for (member, sealed) in &details.shares {
			let is_known = self.shares.iter().any(|(known, _)| known == member);
			if is_known || self.bad.contains(member) {
				continue;
			}
			let delivery = Delivery { release, member: *member };
			let share = match delivery.open(self.one_time.secret(), sealed) {
				Ok(share) => share,
				Err(error) => {
					bad_share(&mut self.bad, *member, error.to_string());
					continue;
				}
			};
			match context.verify(*member, &share) {
				Ok(()) => {
					self.shares.push((*member, share));
					// Shares beyond the threshold are kept as spares, and not told.
					let shares = self.shares.len() as u32;
					if shares <= threshold {
						tell(Milestone::Shared {
							member: *member,
							organisation: organisations.get(member).copied(),
							shares,
							threshold,
						});
					}
				}
				Err(threshold::VerifyError::Share(error)) => {
					bad_share(&mut self.bad, *member, error.fault.to_string());
				}
				Err(threshold::VerifyError::SealedKey(error)) => {
					return Err(Error::Committee(error))
				}
			}
		}
		let have = self.shares.len() as u32;
		if have < threshold {
			return Ok(Standing::Missing(threshold.saturating_sub(have)));
		}
		let shares = self.shares.iter().map(|(member, share)| (*member, &share[..]));
		match context.combine(shares) {
			Ok(opened) => Ok(Standing::Open(opened.dek.into())),
			Err(CombineError::SealedKey(error)) => Err(Error::Committee(error)),
			// Each was checked; nevertheless what the library refuses now is dropped and named.
			Err(CombineError::Waiting { missing, bad }) => {
				for error in bad {
					self.shares.retain(|(member, _)| *member != error.member);
					bad_share(&mut self.bad, error.member, error.fault.to_string());
				}
				Ok(Standing::Missing(missing as u32))
			}
		}
	}
}

/// Where the hospitals' vote on the last block stands (`grandpa_roundState`).
#[derive(Deserialize)]
struct Votes {
	best: Round,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Round {
	threshold_weight: u32,
	prevotes: Weight,
	precommits: Weight,
}

impl Round {
	/// How many hospitals are missing in the part of the vote that it has come to. One that is gone may have said its part
	/// of the first before.
	fn missing(&self) -> u32 {
		let lacking = |votes: &Weight| self.threshold_weight.saturating_sub(votes.current_weight);
		match lacking(&self.prevotes) {
			0 => lacking(&self.precommits),
			missing => missing,
		}
	}
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Weight {
	current_weight: u32,
}

impl Client {
	/// Waits for what becomes final, and tells how many hospitals are missing for that, if some are.
	///
	/// Blocks become final with the votes of as many hospitals as release a key. A vote passes through no votes at all each
	/// time that it begins: only a number that stays is told.
	async fn told_of_finality<T>(
		&self,
		submitted: impl Future<Output = T>,
		teller: &Teller<'_>,
	) -> T {
		tokio::pin!(submitted);
		let (mut last, mut times) = (0, 0);
		loop {
			let glance = async {
				sleep(GLANCE).await;
				self.request::<Votes>("grandpa_roundState", crate::rpc_params![]).await
			};
			let votes = tokio::select! {
				done = &mut submitted => return done,
				votes = glance => votes,
			};
			// A node that does not answer is the submission's business.
			let Ok(Votes { best }) = votes else { continue };
			let missing = best.missing();
			times = if missing == last { times + 1 } else { 1 };
			last = missing;
			if missing > 0 && times == STEADY {
				teller.tell(Milestone::NotFinal { missing });
			}
		}
	}

	/// Asks for a guarded version's key, and opens it with the shares that hospitals release.
	///
	/// The request is logged for the patient, permitted or not. With a state folder, an opening that broke off goes on with its
	/// request for as long as the release stands.
	pub async fn open_guarded(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		version: Version,
		progress: &Arc<dyn Progress>,
	) -> Result<Released, Error> {
		let (released, kept) =
			self.open_and_keep(reader, state, request, version, progress).await?;
		if let Some(kept) = kept {
			kept.forget();
		}
		Ok(released)
	}

	/// [`Client::open_guarded`], with the note by which it can be done again.
	pub(crate) async fn open_and_keep(
		&self,
		reader: &Signer,
		state: Option<&StateDir>,
		request: &Request,
		version: Version,
		progress: &Arc<dyn Progress>,
	) -> Result<(Released, Option<Kept>), Error> {
		let teller = Teller { progress: &**progress, began: Instant::now() };
		let asked = Asked {
			genesis: self.genesis(),
			record: request.record,
			version,
			purpose: request.purpose,
		};
		let question = Question {
			reader: reader.account(),
			record: request.record,
			version: Some(version),
			purpose: request.purpose,
			action: Action::Read,
		};
		let now = self.now().clock().await?;
		while let Some(broken_off) = state.and_then(|state| state.kept_reading(reader, &asked, now))
		{
			let again = self.go_on(reader, &asked, &question, broken_off, &teller);
			if let Some(released) = again.await? {
				return Ok(released);
			}
		}
		let one_time = OneTime::generate()?;
		// From when it is sent the request may count, and nothing else opens its shares.
		let not_kept = |error: &Error| {
			// Reading goes on; that it could not be done again is told.
			let why = error.to_string();
			teller.tell(Milestone::NotKept { why });
		};
		let kept = state.and_then(|state| {
			state.keep_reading(reader, &asked, now, &one_time).inspect_err(not_kept).ok()
		});
		let call = calls::access::request(&AccessRequest {
			record: request.record,
			version: Some(version),
			purpose: request.purpose,
			reader_key: one_time.secret().public(),
		});
		teller.tell(Milestone::Asked);
		let note = |signed: &Signed| {
			let noted = kept.as_ref().map_or(Ok(()), |kept| kept.note(signed));
			let _ = noted.map_err(|error| not_kept(&error.into()));
		};
		// Hospitals act on final blocks only: nothing is lost by waiting for that here.
		progress.begin(Step::Asking, 1);
		let submitted = self.submit_noted(reader, &call, self.follow_to_the_end(&teller), &note);
		let submitted = self.told_of_finality(submitted, &teller).await;
		progress.end();
		let answered = match submitted {
			Ok((included, logged)) => self.answered(&question, included, logged, &teller).await,
			Err(error) => Err(not_final_yet(error)),
		};
		let (number, basis, block) = match answered {
			Ok(answered) => answered,
			Err(error) => {
				if let Some(kept) = kept.filter(|_| is_settled(&error)) {
					kept.forget();
				}
				return Err(error);
			}
		};
		let at = self.at(block);
		let release = at.release(number).await?.ok_or(Error::ReleaseEnded(number))?.release;
		let sealed = at.sealed_key(request.record, version).await?.ok_or(Error::Resealed)?;
		let released = self.open_release(&asked, release, basis, sealed, one_time, &teller).await;
		match (released, kept) {
			(Err(error @ (Error::ReleaseEnded(_) | Error::Resealed)), Some(kept)) => {
				kept.forget();
				Err(error)
			}
			(released, kept) => Ok((released?, kept)),
		}
	}

	/// What is left of the time that the reader waits.
	fn left_to_wait(&self, teller: &Teller<'_>) -> Duration {
		let patience = self.inner.connection.patience();
		let release = patience.release.saturating_sub(teller.began.elapsed());
		patience.left().map_or(release, |left| left.min(release))
	}

	/// How a request is followed: until it is final, for what is left of the time that the reader waits.
	fn follow_to_the_end(&self, teller: &Teller<'_>) -> Follow {
		Follow { deadline: self.left_to_wait(teller), ..Follow::finalized() }
	}

	/// The number of a request that the chain permitted, what that rests on, and the block of the log entry.
	async fn answered(
		&self,
		question: &Question<Account>,
		included: Included,
		logged: Vec<Logged>,
		teller: &Teller<'_>,
	) -> Result<(RequestId, Basis, [u8; 32]), Error> {
		let logged = logged.into_iter().next().ok_or(Error::NotLogged)?;
		let LogEvent::Requested { request, decision, .. } = logged.entry.event else {
			return Err(Error::NotLogged);
		};
		match decision {
			Decision::Permit(basis) => {
				let block = included.block;
				teller.tell(Milestone::Logged { request, block });
				Ok((request, basis, included.block_hash))
			}
			Decision::Deny(reason) => {
				let refused = self.refused(question.clone(), reason, included.block_hash);
				Err(refused.await?)
			}
		}
	}

	/// Goes on with a reading that broke off: follows the transaction that asked. None if there is nothing to go on with; its note is
	/// gone then.
	async fn go_on(
		&self,
		reader: &Signer,
		asked: &Asked,
		question: &Question<Account>,
		broken_off: BrokenOff,
		teller: &Teller<'_>,
	) -> Result<Option<(Released, Option<Kept>)>, Error> {
		let BrokenOff { kept, one_time, sent } = broken_off;
		let account = reader.own_account();
		let mut found = None;
		for signed in &sent {
			teller.tell(Milestone::SentBefore);
			let follow = self.follow_to_the_end(teller);
			let followed = self.follow_logged(&account, signed, follow);
			found = self.told_of_finality(followed, teller).await.map_err(not_final_yet)?;
			if found.is_some() {
				break;
			}
		}
		let Some((included, logged)) = found else {
			kept.forget();
			return Ok(None);
		};
		let number = match self.answered(question, included, logged, teller).await {
			Ok((number, ..)) => number,
			Err(error) if !is_settled(&error) => return Err(error),
			Err(error) => {
				kept.forget();
				// The patient may have permitted it since.
				return match self.now().decide(question).await?.is_permit() {
					true => Ok(None),
					false => Err(error),
				};
			}
		};
		match self.open_again(asked, number, one_time, teller).await {
			Ok(Some(released)) => Ok(Some((released, Some(kept)))),
			// It is over: taken back, used up by time, or sealed anew.
			Ok(None) | Err(Error::ReleaseEnded(_) | Error::Resealed) => {
				kept.forget();
				Ok(None)
			}
			Err(error) => Err(error),
		}
	}

	/// Goes on with a request that this reader made before; nothing is asked of the patient anew. None if its release is over.
	async fn open_again(
		&self,
		asked: &Asked,
		number: RequestId,
		one_time: OneTime,
		teller: &Teller<'_>,
	) -> Result<Option<Released>, Error> {
		// What was permitted may have been taken back.
		if !self.now().release_stands(number).await? {
			return Ok(None);
		}
		let Some(details) = self.now().release(number).await? else {
			return Ok(None);
		};
		let release = details.release;
		let is_ours = release.reader_key == one_time.secret().public()
			&& (release.record, release.version) == (asked.record, asked.version)
			&& release.purpose == asked.purpose;
		let sealed = self.now().sealed_key(asked.record, asked.version).await?;
		let (true, Some(sealed)) = (is_ours, sealed) else {
			return Ok(None);
		};
		teller.tell(Milestone::GoesOn { request: number });
		let basis = release.basis;
		self.open_release(asked, release, basis, sealed, one_time, teller).await.map(Some)
	}

	/// Waits for the shares of a release, and opens the key with them.
	async fn open_release(
		&self,
		asked: &Asked,
		release: Release<Account>,
		basis: Basis,
		sealed: SealedKey,
		one_time: OneTime,
		teller: &Teller<'_>,
	) -> Result<Released, Error> {
		let SealedKey { epoch, sealed } = sealed;
		if epoch != release.epoch {
			return Err(Error::Resealed);
		}
		let number = release.request;
		let mut opening = Opening {
			public: self.epoch_public(epoch).await?,
			sealed: threshold::SealedKey::from_bytes(&sealed).map_err(Error::Committee)?,
			context: ReleaseContext {
				genesis: asked.genesis,
				binding: Binding { record: asked.record.0, version: asked.version },
				log_entry: release.entry,
				reader_key: one_time.secret().public(),
				purpose: asked.purpose as u8,
				expiry: release.expires,
			},
			one_time,
			// Their names alone: the opening goes on without.
			organisations: self.committee_organisations(epoch).await.unwrap_or_default(),
			shares: Vec::new(),
			bad: BTreeSet::new(),
		};
		let progress = teller.progress;
		progress.begin(Step::Releasing, u64::from(opening.public.threshold()));
		let mut told = None;
		let dek = loop {
			let details = self.now().release(number).await?;
			let details = details.ok_or(Error::ReleaseEnded(number))?;
			let counted = |opening: &Opening| {
				let threshold = usize::from(opening.public.threshold());
				opening.shares.len().min(threshold)
			};
			let had = counted(&opening);
			let standing = opening.take(&details, &|milestone| teller.tell(milestone))?;
			progress.advance(counted(&opening).saturating_sub(had) as u64);
			let missing = match standing {
				Standing::Open(dek) => break dek,
				Standing::Missing(missing) => missing,
			};
			if told != Some(missing) {
				told = Some(missing);
				teller.tell(Milestone::Waiting { missing });
			}
			if self.left_to_wait(teller).is_zero() {
				return Err(Error::TooFewHospitals {
					missing,
					seconds: teller.began.elapsed().as_secs(),
					bad: opening.bad.into_iter().collect(),
				});
			}
			sleep(PAUSE).await;
		};
		progress.end();
		teller.tell(Milestone::KeyOpened);
		Ok(Released { dek, request: number, basis, bad: opening.bad.into_iter().collect() })
	}

	/// The error for a request that the chain denied and logged.
	async fn refused(
		&self,
		question: Question<Account>,
		reason: DenyReason,
		block: [u8; 32],
	) -> Result<Error, Error> {
		let record: RecordId = question.record;
		Ok(match reason {
			DenyReason::UnknownRecord => Error::NotFound(Missing::Record(record)),
			DenyReason::UnknownVersion => {
				let version = question.version.unwrap_or_default();
				Error::NotFound(Missing::Version(record, version))
			}
			DenyReason::RecordErased => Error::Erased(record),
			reason => {
				let mut explanation = self.at(block).explain(&question).await?;
				// What was decided and logged counts, whatever the rest of the block changed.
				explanation.decision = Decision::Deny(reason);
				self.refusal(question, explanation).await.into()
			}
		})
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::Purpose;
	use salus_threshold::SecretShare;
	use serde_json::Value;
	use std::cell::RefCell;

	const DEK: [u8; 32] = [42; 32];
	const BINDING: Binding = Binding { record: [1; 32], version: 2 };

	/// A committee of 4 hospitals with a threshold of 3, as the crate of the mathematics commits it.
	struct Hospitals {
		public: EpochPublic,
		shares: Vec<SecretShare>,
	}

	fn hospitals() -> Hospitals {
		let json = include_str!("../../../threshold/tests/vectors/committee.json");
		let vectors: Value = serde_json::from_str(json).unwrap();
		let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
		let members = vectors["members"].as_array().unwrap();
		Hospitals {
			public: EpochPublic::from_bytes(&bytes(&vectors["public"])).unwrap(),
			shares: members
				.iter()
				.map(|member| SecretShare::from_bytes(&bytes(&member["secret_share"])).unwrap())
				.collect(),
		}
	}

	fn opening(public: EpochPublic, one_time: OneTime) -> Opening {
		Opening {
			sealed: public.seal(&DEK, &BINDING).unwrap(),
			context: ReleaseContext {
				genesis: public.genesis(),
				binding: BINDING,
				log_entry: [3; 32],
				reader_key: one_time.secret().public(),
				purpose: Purpose::TREAT as u8,
				expiry: 3_600_000,
			},
			public,
			one_time,
			organisations: [(1, 11), (2, 12)].into(),
			shares: Vec::new(),
			bad: BTreeSet::new(),
		}
	}

	/// What a hospital posts for a context.
	fn posted(
		opening: &Opening,
		share: &SecretShare,
		context: &ReleaseContext,
	) -> (MemberIndex, salus_primitives::SealedShare) {
		let release = threshold::Release::new(&opening.public, &opening.sealed, context).unwrap();
		let share_bytes = release.share(share).unwrap();
		let delivery = Delivery { release: opening.context.digest(), member: share.member() };
		let sealed = delivery.seal(&opening.one_time.secret().public(), &share_bytes).unwrap();
		(share.member(), sealed.try_into().unwrap())
	}

	fn details(
		shares: Vec<(MemberIndex, salus_primitives::SealedShare)>,
	) -> ReleaseDetails<Account> {
		let account = Account::from([9; 32]);
		ReleaseDetails {
			release: Release {
				request: 1,
				patient: account,
				index: 0,
				entry: [3; 32],
				reader: account,
				record: RecordId(BINDING.record),
				version: BINDING.version,
				purpose: Purpose::TREAT,
				reader_key: [0; 32],
				basis: Basis::Grant(1),
				epoch: 1,
				threshold: 3,
				shares: shares.len() as u32,
				expires: 3_600_000,
			},
			shares,
		}
	}

	fn fresh() -> (Hospitals, Opening) {
		let hospitals = hospitals();
		let opening = opening(hospitals.public.clone(), OneTime::generate().unwrap());
		(hospitals, opening)
	}

	#[test]
	fn the_third_share_opens_the_key_and_each_is_told() {
		let (hospitals, mut opening) = fresh();
		let context = opening.context;
		let all: Vec<_> =
			hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
		let told = RefCell::new(Vec::new());
		let tell = |milestone| told.borrow_mut().push(milestone);
		for (count, missing) in [(0, 3), (1, 2), (2, 1)] {
			let standing = opening.take(&details(all[..count].to_vec()), &tell).unwrap();
			assert!(matches!(standing, Standing::Missing(left) if left == missing));
		}
		let Standing::Open(dek) = opening.take(&details(all[..3].to_vec()), &tell).unwrap() else {
			panic!("three of four are enough");
		};
		assert_eq!(dek.expose(), &DEK);
		let shared = |member: MemberIndex, shares| Milestone::Shared {
			member,
			organisation: (member < 3).then_some(u32::from(member) + 10),
			shares,
			threshold: 3,
		};
		let told = told.take();
		assert_eq!(told, [shared(1, 1), shared(2, 2), shared(3, 3)]);
		// A place in the committee is no number of an organisation.
		let words: Vec<_> = told.iter().map(Milestone::to_string).collect();
		assert_eq!(words[0], "organisation 11 released its share (1 of 3)");
		assert_eq!(words[2], "member 3 of the committee released its share (3 of 3)");
	}

	#[test]
	fn of_four_shares_at_once_three_are_told() {
		let (hospitals, mut opening) = fresh();
		let context = opening.context;
		let all: Vec<_> =
			hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
		let told = RefCell::new(Vec::new());
		let tell = |milestone: Milestone| told.borrow_mut().push(milestone.to_string());
		let standing = opening.take(&details(all), &tell).unwrap();
		assert!(matches!(standing, Standing::Open(dek) if dek.expose() == &DEK));
		let told = told.take();
		assert_eq!(told.len(), 3, "{told:?}");
		assert_eq!(told[2], "member 3 of the committee released its share (3 of 3)");
	}

	#[test]
	fn bad_shares_are_named_once_and_three_good_ones_still_open() {
		let (hospitals, mut opening) = fresh();
		let context = opening.context;
		let mut all: Vec<_> =
			hospitals.shares.iter().map(|share| posted(&opening, share, &context)).collect();
		// Of another request, sealed as if for this one.
		let other = ReleaseContext { log_entry: [4; 32], ..context };
		all[1] = posted(&opening, &hospitals.shares[1], &other);
		let told = RefCell::new(Vec::new());
		let tell = |milestone| told.borrow_mut().push(milestone);
		for _ in 0..2 {
			let standing = opening.take(&details(all[..3].to_vec()), &tell).unwrap();
			assert!(matches!(standing, Standing::Missing(1)));
		}
		let bad =
			|milestone: &Milestone| matches!(milestone, Milestone::BadShare { member: 2, .. });
		assert_eq!(told.borrow().iter().filter(|told| bad(told)).count(), 1);
		let standing = opening.take(&details(all), &tell).unwrap();
		assert!(matches!(standing, Standing::Open(dek) if dek.expose() == &DEK));
		assert_eq!(opening.bad, [2].into());
	}

	#[test]
	fn shares_that_were_sealed_for_someone_else_or_moved_are_named() {
		let (hospitals, mut opening) = fresh();
		let context = opening.context;
		let (_, first) = posted(&opening, &hospitals.shares[0], &context);
		// Under another member's name, and cut.
		let cut: salus_primitives::SealedShare = first[..20].to_vec().try_into().unwrap();
		let posted = vec![(2, first), (3, cut)];
		let standing = opening.take(&details(posted), &|_| {}).unwrap();
		assert!(matches!(standing, Standing::Missing(3)));
		assert_eq!(opening.bad, [2, 3].into());
	}

	#[test]
	fn a_key_sealed_for_another_version_is_no_hospitals_fault() {
		let (hospitals, mut opening) = fresh();
		let release =
			threshold::Release::new(&opening.public, &opening.sealed, &opening.context).unwrap();
		let share = release.share(&hospitals.shares[0]).unwrap();
		opening.context.binding.version = 3;
		let delivery = Delivery { release: opening.context.digest(), member: 1 };
		let sealed = delivery.seal(&opening.one_time.secret().public(), &share).unwrap();
		let posted = vec![(1, sealed.try_into().unwrap())];
		let standing = opening.take(&details(posted), &|_| {});
		assert!(matches!(standing, Err(Error::Committee(_))));
		assert!(opening.bad.is_empty());
	}

	#[test]
	fn what_an_author_seals_is_what_hospitals_release() {
		let (hospitals, mut opening) = fresh();
		let key = crate::CommitteeKey::new(1, hospitals.public.clone());
		let record = RecordId(BINDING.record);
		let dek = Dek::from_bytes([7; 32]);
		let sealed = key.seal(record, BINDING.version, &dek).unwrap();
		assert_eq!(sealed.epoch, 1);
		opening.sealed = threshold::SealedKey::from_bytes(&sealed.sealed).unwrap();
		let context = opening.context;
		let all =
			hospitals.shares[1..].iter().map(|share| posted(&opening, share, &context)).collect();
		let standing = opening.take(&details(all), &|_| {}).unwrap();
		assert!(matches!(standing, Standing::Open(opened) if opened.expose() == dek.expose()));
	}
}
