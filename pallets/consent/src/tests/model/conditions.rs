//! Reference for conditions: read from the end, operator before operands, by recursion.

use super::*;

/// Facts known when a condition is evaluated.
pub struct Setting {
	pub patient: AccountId,
	pub actor: AccountId,
	pub purposes: Vec<Purpose>,
	/// Possible categories. `None` means any category.
	pub categories: Option<Vec<Category>>,
	pub confidentiality: Option<Confidentiality>,
	pub now: Moment,
}

/// Condition as a tree.
enum Tree {
	Leaf(Attribute),
	Not(Box<Tree>),
	All(Vec<Tree>),
	Any(Vec<Tree>),
}

impl Tree {
	/// Returns the tree whose root is the last term, and the terms before it.
	fn parse(terms: &[Term]) -> Option<(Tree, &[Term])> {
		let (root, mut rest) = terms.split_last()?;
		let count = match root {
			Term::Is(attribute) => return Some((Tree::Leaf(*attribute), rest)),
			Term::Not => 1,
			Term::All(count) | Term::Any(count) => *count,
		};
		let mut branches = vec![];
		for _ in 0..count {
			let (branch, before) = Tree::parse(rest)?;
			branches.push(branch);
			rest = before;
		}
		let tree = match root {
			_ if count == 0 => return None,
			Term::All(_) => Tree::All(branches),
			Term::Any(_) => Tree::Any(branches),
			_ => Tree::Not(Box::new(branches.pop()?)),
		};
		Some((tree, rest))
	}

	fn height(&self) -> u32 {
		match self {
			Tree::Leaf(_) => 0,
			Tree::Not(branch) => 1 + branch.height(),
			Tree::All(branches) | Tree::Any(branches) => {
				1 + branches.iter().map(Tree::height).max().unwrap_or(0)
			}
		}
	}

	/// Returns whether the condition can be true, and whether it can be false.
	fn can_be(&self, leaf: &impl Fn(&Attribute) -> (bool, bool)) -> (bool, bool) {
		let each = |branches: &[Tree]| -> Vec<_> {
			branches.iter().map(|branch| branch.can_be(leaf)).collect()
		};
		match self {
			Tree::Leaf(attribute) => leaf(attribute),
			Tree::Not(branch) => {
				let (yes, no) = branch.can_be(leaf);
				(no, yes)
			}
			Tree::All(branches) => {
				let each = each(branches);
				(each.iter().all(|can| can.0), each.iter().any(|can| can.1))
			}
			Tree::Any(branches) => {
				let each = each(branches);
				(each.iter().any(|can| can.0), each.iter().all(|can| can.1))
			}
		}
	}
}

fn tree(expression: &Expression) -> Option<Tree> {
	let (tree, rest) = Tree::parse(&expression.0)?;
	rest.is_empty().then_some(tree)
}

/// Returns whether a patient may set this condition.
pub fn sound(condition: &Option<Expression>) -> bool {
	let Some(expression) = condition else {
		return true;
	};
	let windows = expression.0.iter().all(|term| match term {
		Term::Is(Attribute::TimeOfDay { from, until }) => {
			*from <= 1439 && *until <= 1440 && from != until
		}
		_ => true,
	});
	windows && tree(expression).is_some_and(|tree| tree.height() <= 3)
}

impl World {
	/// Returns, for those memberships of the actor that are meant, whether the condition is
	/// certainly met under one of them, and whether it may be.
	pub fn met(
		&self,
		condition: &Option<Expression>,
		memberships: Vec<&Membership>,
		setting: &Setting,
	) -> (bool, bool) {
		let Some(expression) = condition else {
			return (true, true);
		};
		let tree = tree(expression).expect("only sound conditions are stored");
		let outcomes: Vec<_> = memberships
			.into_iter()
			.filter(|member| self.live(member, setting.now))
			.map(|member| tree.can_be(&|attribute| self.attribute(attribute, member, setting)))
			.collect();
		let certain = outcomes.iter().any(|(yes, no)| *yes && !*no);
		(certain, outcomes.iter().any(|(yes, _)| *yes))
	}

	fn attribute(&self, one: &Attribute, member: &Membership, setting: &Setting) -> (bool, bool) {
		let known = |truth: bool| (truth, !truth);
		let organisation = match member.role {
			Role::Patient => None,
			_ => member.organisation,
		};
		match *one {
			Attribute::Role(role) => known(member.role == role),
			Attribute::Specialty(specialty) => known(member.specialty == Some(specialty)),
			Attribute::Organisation(id) => known(organisation == Some(id)),
			Attribute::OrganisationKind(kind) => {
				known(self.kinds.iter().any(|(id, is)| organisation == Some(*id) && *is == kind))
			}
			Attribute::Purpose(purpose) => (
				setting.purposes.contains(&purpose),
				setting.purposes.iter().any(|other| *other != purpose),
			),
			Attribute::Category(category) => match &setting.categories {
				None => (true, true),
				Some(any) => (any.contains(&category), any.iter().any(|other| *other != category)),
			},
			Attribute::ConfidentialityAtMost(most) => match setting.confidentiality {
				Some(is) => known(is <= most),
				None => (true, most != Confidentiality::VeryRestricted),
			},
			Attribute::TimeOfDay { from, until } => {
				let minute = setting.now / 60_000 % 1440;
				let mut window = vec![];
				let mut at = u64::from(from);
				while at != u64::from(until) {
					window.push(at % 1440);
					at = if until <= from { (at + 1) % 1440 } else { at + 1 };
					if window.len() > 1440 {
						break;
					}
				}
				known(window.contains(&minute))
			}
			Attribute::EmergencyOpen => {
				known(self.case(setting.actor, setting.patient, setting.now).is_some())
			}
		}
	}
}
