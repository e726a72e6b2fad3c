//! From a clause to one prediction for each step.

use super::{Clause, WeightedTerm};

/// Conditions that a network gets together, for one pass, and how that pass counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// At most one of each kind. The weights are shares in (0, 1]: how much each counts inside the network, 1 as
    /// trained.
    pub terms: Vec<WeightedTerm>,
    /// How much the prediction counts in [`compose`]; negative for what is excluded.
    pub weight: f32,
}

/// The clause that a sample follows; each is as likely as any other.
///
/// For a mixture this is exact: a sample of "a or b" is a sample of a or one of b. An average of the predictions would
/// lead to between the two. Weights play no part; they say how strongly a condition acts, not how often.
///
/// `random` is a word that only the sample's seed decides, such as one of [`crate::diffusion::philox4x32_10`].
///
/// # Panics
/// When there are no clauses; a normal form has one or more.
#[must_use]
pub fn choose(clauses: &[Clause], random: u32) -> &Clause {
    assert!(!clauses.is_empty(), "a normal form has a clause");
    &clauses[((u64::from(random) * clauses.len() as u64) >> 32) as usize]
}

/// Which conditions of a clause are passed together.
///
/// Conditions of different kinds are one joint prediction, as the network was trained (Composer). It has one place for
/// each kind, so the second of a kind starts a second group, with the second ones of other kinds, and so on: first
/// come, first served, in the clause's order. Everything excluded is a group of its own, since "neither a nor b" is
/// more than "not both".
///
/// A group counts by the largest of its terms' weights; the others enter the network with their share of it. So a
/// weight above 1 pushes beyond the joint prediction, and the network never sees more of a condition than in training.
/// Terms with weight 0 count nothing and are left out.
#[must_use]
pub fn joint_groups(clause: &Clause) -> Vec<Group> {
    let counting = |terms: &[WeightedTerm]| terms.iter().filter(|term| term.weight > 0.0).cloned().collect::<Vec<_>>();
    let mut joint: Vec<Vec<WeightedTerm>> = Vec::new();
    for term in counting(&clause.include) {
        let kind = term.term.kind();
        match joint.iter_mut().find(|group| group.iter().all(|other| other.term.kind() != kind)) {
            Some(group) => group.push(term),
            None => joint.push(vec![term]),
        }
    }
    let apart = counting(&clause.exclude).into_iter().map(|term| Group::new(vec![term], -1.0));
    joint.into_iter().map(|terms| Group::new(terms, 1.0)).chain(apart).collect()
}

impl Group {
    fn new(mut terms: Vec<WeightedTerm>, sign: f32) -> Self {
        let largest = terms.iter().map(|term| term.weight).fold(0.0, f32::max);
        for term in &mut terms {
            term.weight /= largest;
        }
        Self { terms, weight: sign * largest }
    }
}

/// `uncond + Σ wᵢ (condᵢ − uncond)`: AND with wᵢ > 0, NOT with wᵢ < 0. These are concept conjunction and negation of
/// composable diffusion (Liu et al. 2022, <https://arxiv.org/abs/2206.01714>); with a single condition it is
/// [`crate::diffusion::classifier_free`].
///
/// Each weight is the group's times the guidance scale. The sum is exact for conditions that say nothing about each
/// other once x_t is known, and rough for others. A subtracted prediction leads away from the excluded data but to
/// nowhere in particular, so the scheduler must clamp x̂_0 to the range of the data, as [`crate::diffusion::Scheduler`]
/// does.
///
/// # Shapes
/// `uncond`, every prediction in `conds` and the result are alike; they may be predictions of noise, velocity or the
/// sample, all of the same kind.
///
/// # Panics
/// When two differ in length.
#[must_use]
pub fn compose(uncond: &[f32], conds: &[(&[f32], f32)]) -> Vec<f32> {
    let mut composed = uncond.to_vec();
    for (cond, weight) in conds {
        assert_eq!(cond.len(), uncond.len(), "composition needs predictions of one size");
        for ((composed, cond), uncond) in composed.iter_mut().zip(*cond).zip(uncond) {
            *composed += weight * (cond - uncond);
        }
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::{choose, compose, joint_groups};
    use crate::diffusion::classifier_free;
    use crate::expression::Expression;

    /// `[terms with their shares] weight` of each group of an expression's first clause.
    fn groups(source: &str) -> Vec<String> {
        let clauses = Expression::parse(source).unwrap().normal_form().unwrap();
        let groups = joint_groups(&clauses[0]).into_iter().map(|group| {
            let terms: Vec<_> = group.terms.iter().map(ToString::to_string).collect();
            format!("[{}] {}", terms.join(", ").replace('"', ""), group.weight)
        });
        groups.collect()
    }

    #[test]
    fn conditions_of_different_kinds_are_passed_together() {
        assert_eq!(groups("b AND a AND style(image 1)"), ["[a, style(image 1)] 1", "[b] 1"]);
        assert_eq!(
            groups("a AND b AND c AND depth(image 1) AND depth(image 2)"),
            ["[a, depth(image 1)] 1", "[b, depth(image 2)] 1", "[c] 1"]
        );
    }

    #[test]
    fn every_exclusion_is_passed_alone() {
        assert_eq!(groups("a AND NOT b^1.5 AND NOT style(image 1)"), ["[a] 1", "[b] -1.5", "[style(image 1)] -1"]);
        assert_eq!(groups("NOT a"), ["[a] -1"]);
    }

    #[test]
    fn the_largest_weight_is_the_groups_and_the_others_are_shares_of_it() {
        assert_eq!(
            groups("a^2 AND style(image 1)^1.5 AND palette(image 1)"),
            ["[a, style(image 1)^0.75, palette(image 1)^0.5] 2"]
        );
        assert_eq!(groups("a^0.5"), ["[a] 0.5"]);
        assert_eq!(groups("a AND b^0 AND NOT c^0"), ["[a] 1"]);
    }

    #[test]
    fn one_condition_is_classifier_free_guidance() {
        let (cond, uncond) = ([0.3, -1.0], [1.0, 0.25]);
        assert_eq!(compose(&uncond, &[(&cond, 3.0)]), classifier_free(&cond, &uncond, 3.0));
        assert_eq!(compose(&uncond, &[]), uncond);
    }

    #[test]
    fn conditions_add_and_exclusions_subtract() {
        assert_eq!(compose(&[1.0], &[(&[2.0], 1.5), (&[4.0], -0.5)]), [1.0]);
    }

    #[test]
    fn every_clause_is_drawn_equally_often() {
        let clauses = Expression::parse("a OR b OR c").unwrap().normal_form().unwrap();
        let mut drawn = [0; 3];
        for i in 0..300_u64 {
            let clause = choose(&clauses, (i << 32).div_ceil(300) as u32);
            drawn[clauses.iter().position(|other| other == clause).unwrap()] += 1;
        }
        assert_eq!(drawn, [100; 3]);
        assert_eq!(choose(&clauses, u32::MAX), &clauses[2]);
    }
}
