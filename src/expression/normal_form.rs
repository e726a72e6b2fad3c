//! Disjunctive normal form.
//!
//! A term with weight w reads as "this, at least at w". Then AND of a term with itself keeps the larger weight, OR the
//! smaller one, and all laws of a distributive lattice hold with weights too.

use std::collections::BTreeMap;
use std::fmt;

use super::{Fault, MAX_CLAUSES, Node, NodeKind, Term, WeightedTerm};

/// One alternative: all of `include` and nothing of `exclude`. At least one of the two has a term; no term occurs
/// twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// What the picture shall have, in order of the terms.
    pub include: Vec<WeightedTerm>,
    /// What it shall not have, in order of the terms.
    pub exclude: Vec<WeightedTerm>,
}

/// A clause in the making: whether each term is excluded, and its weight.
type Literals<'a> = BTreeMap<&'a Term, (bool, f32)>;

struct Rewriter<'a> {
    /// A term on account of which a clause was dropped.
    contradiction: Option<&'a Term>,
}

/// The clauses of `root`, the shortest first, then in order of their terms.
pub(super) fn clauses(root: &Node) -> Result<Vec<Clause>, Fault> {
    let mut rewriter = Rewriter { contradiction: None };
    let clauses = rewriter.rewrite(root, false, 1.0)?;
    if let (true, Some(term)) = (clauses.is_empty(), rewriter.contradiction) {
        let message = format!("no picture can fit this: it asks for {term} and excludes it too");
        return Err(Fault { span: root.span.clone(), message });
    }
    Ok(clauses.iter().map(Clause::new).collect())
}

impl<'a> Rewriter<'a> {
    fn rewrite(&mut self, node: &'a Node, negated: bool, weight: f32) -> Result<Vec<Literals<'a>>, Fault> {
        let clauses = match &node.kind {
            NodeKind::Term(term) => vec![Literals::from([(term, (negated, weight))])],
            NodeKind::Not(inner) => self.rewrite(inner, !negated, weight)?,
            NodeKind::Weighted(inner, factor) => self.rewrite(inner, negated, weight * factor)?,
            NodeKind::And(operands) | NodeKind::Or(operands) => {
                let operands: Vec<_> =
                    operands.iter().map(|operand| self.rewrite(operand, negated, weight)).collect::<Result<_, _>>()?;
                // De Morgan: a negation turns AND into OR and reaches every operand.
                if matches!(node.kind, NodeKind::And(_)) == negated {
                    absorb(operands.into_iter().flatten().collect())
                } else {
                    let everything = vec![Literals::new()];
                    operands.iter().try_fold(everything, |left, right| limit(self.product(&left, right), node))?
                }
            }
        };
        limit(clauses, node)
    }

    /// Every clause of `left` with every one of `right`, without contradictions.
    fn product(&mut self, left: &[Literals<'a>], right: &[Literals<'a>]) -> Vec<Literals<'a>> {
        let mut pairs = Vec::with_capacity(left.len() * right.len());
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            match both(left, right) {
                Ok(clause) => pairs.push(clause),
                Err(term) => self.contradiction = self.contradiction.or(Some(term)),
            }
        }
        absorb(pairs)
    }
}

/// What asks for all of `left` and `right`; the term that one of them includes and the other excludes, if there is one.
fn both<'a>(left: &Literals<'a>, right: &Literals<'a>) -> Result<Literals<'a>, &'a Term> {
    let mut clause = left.clone();
    for (&term, &(excluded, weight)) in right {
        let literal = clause.entry(term).or_insert((excluded, weight));
        if literal.0 != excluded {
            return Err(term);
        }
        literal.1 = literal.1.max(weight);
    }
    Ok(clause)
}

/// Drops each clause that asks for all that another one asks for: whatever fits it fits the other. Sorts the rest.
fn absorb(mut clauses: Vec<Literals<'_>>) -> Vec<Literals<'_>> {
    // Weights are not negative, so their bits are ordered as they are. A clause that asks for less comes first.
    clauses.sort_by_cached_key(|clause| {
        let literals = clause.iter().map(|(&term, &(excluded, weight))| (excluded, term, weight.to_bits()));
        (clause.len(), literals.collect::<Vec<_>>())
    });
    let mut kept: Vec<Literals<'_>> = Vec::new();
    for clause in clauses {
        if !kept.iter().any(|other| asks_for_all_of(&clause, other)) {
            kept.push(clause);
        }
    }
    kept
}

fn asks_for_all_of(clause: &Literals<'_>, other: &Literals<'_>) -> bool {
    other.iter().all(|(term, &(excluded, least))| {
        clause.get(term).is_some_and(|&(same, weight)| same == excluded && weight >= least)
    })
}

fn limit<'a>(clauses: Vec<Literals<'a>>, node: &Node) -> Result<Vec<Literals<'a>>, Fault> {
    if clauses.len() <= MAX_CLAUSES {
        return Ok(clauses);
    }
    let message = format!("this has {} alternatives or more; at most {MAX_CLAUSES}", clauses.len());
    Err(Fault { span: node.span.clone(), message })
}

impl Clause {
    fn new(literals: &Literals<'_>) -> Self {
        let terms = |wanted: bool| {
            let of_side = literals.iter().filter(|(_, (excluded, _))| *excluded == wanted);
            of_side.map(|(&term, &(_, weight))| WeightedTerm { term: term.clone(), weight }).collect()
        };
        Self { include: terms(false), exclude: terms(true) }
    }
}

/// As an expression writes it, to show which alternative a picture followed.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let include = self.include.iter().map(WeightedTerm::to_string);
        let exclude = self.exclude.iter().map(|term| format!("NOT {term}"));
        f.write_str(&include.chain(exclude).collect::<Vec<_>>().join(" AND "))
    }
}

#[cfg(test)]
mod tests {
    use crate::expression::Expression;

    fn clauses(source: &str) -> Vec<String> {
        Expression::parse(source)
            .unwrap()
            .normal_form()
            .unwrap()
            .iter()
            .map(|c| c.to_string().replace('"', ""))
            .collect()
    }

    fn error(source: &str) -> String {
        Expression::parse(source).unwrap().normal_form().unwrap_err().to_string()
    }

    #[test]
    fn or_becomes_clauses_and_not_reaches_terms() {
        assert_eq!(clauses("a AND (b OR c)"), ["a AND b", "a AND c"]);
        assert_eq!(clauses("NOT (a AND (b OR NOT c))"), ["NOT a", "c AND NOT b"]);
        assert_eq!(clauses("(cat OR dog) AND style(image 2)"), ["cat AND style(image 2)", "dog AND style(image 2)"]);
        assert_eq!(clauses("NOT people"), ["NOT people"]);
    }

    #[test]
    fn weights_multiply_down_to_the_terms() {
        assert_eq!(clauses("((a^2 AND NOT b)^1.5 OR c)^0.5"), ["c^0.5", "a^1.5 AND NOT b^0.75"]);
        assert_eq!(clauses("(NOT a)^2"), clauses("NOT a^2"));
    }

    #[test]
    fn a_term_twice_keeps_the_larger_weight_in_and_and_the_smaller_in_or() {
        assert_eq!(clauses("a AND b AND a^2"), ["a^2 AND b"]);
        assert_eq!(clauses("a OR a^2"), ["a"]);
        assert_eq!(clauses("NOT a AND NOT a^2"), ["NOT a^2"]);
    }

    #[test]
    fn a_clause_that_asks_for_more_than_another_is_absorbed() {
        assert_eq!(clauses("a OR (a AND b) OR (a AND NOT c)"), ["a"]);
        assert_eq!(clauses("a^2 OR (a AND b)"), ["a^2", "a AND b"], "the second asks for less of a");
    }

    #[test]
    fn contradictions_are_dropped_unless_nothing_is_left() {
        assert_eq!(clauses("(a AND NOT a) OR b"), ["b"]);
        assert_eq!(clauses("(a OR b) AND NOT a"), ["b AND NOT a"]);
        assert_eq!(
            error("c AND a^2 AND NOT a"),
            r#"column 1: no picture can fit this: it asks for "a" and excludes it too"#
        );
        assert_eq!(
            error("NOT (b OR NOT b)"),
            r#"column 1: no picture can fit this: it asks for "b" and excludes it too"#
        );
    }

    #[test]
    fn with_or_without_stays_a_choice() {
        assert_eq!(clauses("a OR NOT a"), ["a", "NOT a"]);
        assert_eq!(clauses("(a AND b) OR (NOT a AND b)"), ["a AND b", "b AND NOT a"]);
    }

    #[test]
    fn clauses_are_limited() {
        let of_pairs = |pairs: usize| (0..pairs).map(|i| format!("(a{i} OR b{i})")).collect::<Vec<_>>().join(" AND ");
        assert_eq!(clauses(&of_pairs(6)).len(), 64);
        assert_eq!(error(&of_pairs(7)), "column 1: this has 128 alternatives or more; at most 64");
        assert_eq!(error(&of_pairs(32)), "column 1: this has 128 alternatives or more; at most 64");
        let part = format!("c AND ({})", of_pairs(7).replace("AND", "XX").replace("OR", "AND").replace("XX", "OR"));
        assert_eq!(clauses(&part).len(), 7);
        let parsed = Expression::parse(&format!("c OR ({})", of_pairs(7))).unwrap();
        assert_eq!(parsed.normal_form().unwrap_err().columns, 6..6 + of_pairs(7).len() + 2);
    }
}
