//! A small language over conditions: `"a beach" AND (palms OR style(image 2)^1.5) AND NOT "people"`.
//!
//! [`Expression::parse`] reads it, [`Expression::normal_form`] brings it to clauses, [`choose`] draws one clause for
//! each sample, [`joint_groups`] says which conditions a network gets together and [`compose`] puts its answers
//! together. Grammar and meaning: `docs/ARCHITECTURE.md`, "Boolean conditions". After composable diffusion (Liu et al.
//! 2022, <https://arxiv.org/abs/2206.01714>) and Composer (Huang et al. 2023, <https://arxiv.org/abs/2302.09778>).
//!
//! An expression comes from a text field or from somebody else's recipe, so everything about it is limited.

mod compose;
mod grammar;
mod lexer;
mod normal_form;
mod term;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod toy_mixture;

use std::fmt;
use std::ops::Range;

pub use compose::{Group, choose, compose, joint_groups};
pub use normal_form::Clause;
pub use term::{Representation, Term, WeightedTerm};

/// Longest expression, in characters.
pub const MAX_CHARACTERS: usize = 2000;
/// Most parentheses and NOTs around a term. Reading and rewriting recurse that deep, and a browser gives little stack.
pub const MAX_DEPTH: usize = 32;
/// Most terms, repetitions included.
pub const MAX_TERMS: usize = 64;
/// Most clauses of the normal form, and of that of every part of an expression.
pub const MAX_CLAUSES: usize = 64;
/// Largest weight of a term, once the weights around it are multiplied in.
pub const MAX_WEIGHT: f32 = 10.0;

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {}: {message}", .columns.start)]
pub struct ExpressionError {
    /// What to underline: columns from 1, counted in characters, the end excluded. Never empty; behind the last
    /// character when something is missing there.
    pub columns: Range<usize>,
    /// What was expected and what was found.
    pub message: String,
}

/// An expression within all limits.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    root: Node,
}

/// A part of an expression. Equal to another that says the same, wherever the two stand.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it says.
    pub kind: NodeKind,
    /// Its bytes in the source, with its own parentheses.
    pub span: Range<usize>,
}

/// What a part of an expression says.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// One condition.
    Term(Term),
    /// All but this.
    Not(Box<Node>),
    /// All of these, two or more.
    And(Vec<Node>),
    /// Any of these, two or more.
    Or(Vec<Node>),
    /// This, with every weight in it multiplied.
    Weighted(Box<Node>, f32),
}

/// A fault found while reading or rewriting, in bytes; [`Expression`] knows the source and turns it into columns.
#[derive(Debug, Clone, PartialEq)]
struct Fault {
    span: Range<usize>,
    message: String,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// When `source` is not an expression, or is beyond one of the limits of this module.
    pub fn parse(source: &str) -> Result<Self, ExpressionError> {
        let read = || {
            if let Some((end, _)) = source.char_indices().nth(MAX_CHARACTERS) {
                let message = format!("an expression has at most {MAX_CHARACTERS} characters");
                return Err(Fault { span: end..source.len(), message });
            }
            let root = grammar::expression(&lexer::tokens(source)?)?;
            root.check_weights(1.0)?;
            Ok(root)
        };
        match read() {
            Ok(root) => Ok(Self { source: source.to_owned(), root }),
            Err(fault) => Err(fault.locate(source)),
        }
    }

    /// Whether a text is to be read as an expression, rather than as one caption: it has an operator, or names a picture.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| matches!(word, "AND" | "OR" | "NOT")) || text.to_lowercase().contains("(image ")
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The whole expression as a tree.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// Every term as it stands in the text, with its columns as in [`ExpressionError`]: to encode captions, and to say
    /// where an image is named that is not there.
    #[must_use]
    pub fn terms(&self) -> Vec<(&Term, Range<usize>)> {
        let mut terms = Vec::new();
        self.root.visit_terms(true, &mut |term, span, _| terms.push((term, columns(&self.source, span))));
        terms
    }

    /// The captions that the picture shall show, with their columns: all but those under a NOT.
    #[must_use]
    pub fn wanted_captions(&self) -> Vec<(&str, Range<usize>)> {
        let mut captions = Vec::new();
        self.root.visit_terms(true, &mut |term, span, wanted| {
            if let (Term::Caption(text), true) = (term, wanted) {
                captions.push((text.as_str(), columns(&self.source, span)));
            }
        });
        captions
    }

    /// The expression as alternatives of which each sample follows one: no OR left, NOT on terms only. Expressions that
    /// the laws of a distributive lattice, De Morgan's laws or double negation turn into each other have equal normal
    /// forms; `docs/ARCHITECTURE.md` says what is merged and what is not.
    ///
    /// # Errors
    /// When there are more than [`MAX_CLAUSES`] clauses, or none is free of contradictions.
    pub fn normal_form(&self) -> Result<Vec<Clause>, ExpressionError> {
        normal_form::clauses(&self.root).map_err(|fault| fault.locate(&self.source))
    }
}

/// The expression in full: quoted captions, keywords, and no more parentheses than it needs. Reads back as the same.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    /// Tells of every term whether it is wanted, which those under an odd number of NOTs are not.
    fn visit_terms<'a>(&'a self, wanted: bool, visit: &mut impl FnMut(&'a Term, &Range<usize>, bool)) {
        match &self.kind {
            NodeKind::Term(term) => visit(term, &self.span, wanted),
            NodeKind::Not(inner) => inner.visit_terms(!wanted, visit),
            NodeKind::Weighted(inner, _) => inner.visit_terms(wanted, visit),
            NodeKind::And(operands) | NodeKind::Or(operands) => {
                for operand in operands {
                    operand.visit_terms(wanted, visit);
                }
            }
        }
    }

    fn check_weights(&self, around: f32) -> Result<(), Fault> {
        match &self.kind {
            NodeKind::Term(_) if around > MAX_WEIGHT => {
                let message = format!("the weights around this condition multiply to {around}; at most {MAX_WEIGHT}");
                Err(Fault { span: self.span.clone(), message })
            }
            NodeKind::Term(_) => Ok(()),
            NodeKind::Not(inner) => inner.check_weights(around),
            NodeKind::Weighted(inner, weight) => inner.check_weights(around * weight),
            NodeKind::And(operands) | NodeKind::Or(operands) => {
                operands.iter().try_for_each(|operand| operand.check_weights(around))
            }
        }
    }

    /// How tightly it binds: a part that binds less than its place asks for stands in parentheses.
    fn precedence(&self) -> u8 {
        match self.kind {
            NodeKind::Or(_) => 0,
            NodeKind::And(_) => 1,
            NodeKind::Not(_) => 2,
            NodeKind::Weighted(..) => 3,
            NodeKind::Term(_) => 4,
        }
    }

    fn write_within(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.precedence() < least { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = |operands: &[Self], operator: &str, least: u8| {
            operands.iter().enumerate().try_for_each(|(i, operand)| {
                f.write_str(if i > 0 { operator } else { "" })?;
                operand.write_within(f, least)
            })
        };
        match &self.kind {
            NodeKind::Or(operands) => list(operands, " OR ", 1),
            NodeKind::And(operands) => list(operands, " AND ", 2),
            NodeKind::Not(inner) => {
                f.write_str("NOT ")?;
                inner.write_within(f, 2)
            }
            NodeKind::Weighted(inner, weight) => {
                inner.write_within(f, 4)?;
                write!(f, "^{weight}")
            }
            NodeKind::Term(term) => term.fmt(f),
        }
    }
}

impl Fault {
    fn locate(self, source: &str) -> ExpressionError {
        ExpressionError { columns: columns(source, &self.span), message: self.message }
    }
}

fn columns(source: &str, span: &Range<usize>) -> Range<usize> {
    let column = |byte: usize| source[..byte].chars().count() + 1;
    let start = column(span.start);
    start..column(span.end).max(start + 1)
}

#[cfg(test)]
mod tests {
    use super::{Expression, MAX_DEPTH};

    fn printed(source: &str) -> String {
        Expression::parse(source).unwrap().to_string()
    }

    #[test]
    fn not_binds_tighter_than_and_which_binds_tighter_than_or() {
        assert_eq!(printed("a OR b AND NOT c"), r#""a" OR "b" AND NOT "c""#);
        assert_eq!(printed("(a OR (b AND (NOT (c))))"), printed("a OR b AND NOT c"));
        assert_eq!(printed("(a OR b) AND NOT (c AND d)"), r#"("a" OR "b") AND NOT ("c" AND "d")"#);
        assert_eq!(printed("NOT NOT a | !b & c"), r#"NOT NOT "a" OR NOT "b" AND "c""#);
        assert_eq!(printed("a OR b NOT c NOT d^2"), r#""a" OR "b" AND NOT "c" AND NOT "d"^2"#);
    }

    #[test]
    fn a_weight_belongs_to_what_stands_before_it() {
        assert_eq!(printed("NOT a^1.5 AND (b OR c) ^ .5"), r#"NOT "a"^1.5 AND ("b" OR "c")^0.5"#);
        assert_eq!(printed("(NOT a)^2 AND (b^3)^2"), r#"(NOT "a")^2 AND ("b"^3)^2"#);
    }

    #[test]
    fn bare_words_are_a_caption_up_to_the_next_keyword() {
        assert_eq!(printed("red  cat and dog, 50% off AND not a toy"), r#""red cat and dog, 50% off" AND "not a toy""#);
        assert_eq!(printed("black&white"), r#""black" AND "white""#);
        assert_eq!(printed("style AND ANDES"), r#""style" AND "ANDES""#);
    }

    #[test]
    fn quotes_hold_keywords_and_escaped_quotes_and_may_be_curly() {
        assert_eq!(printed(r#""black AND (white)""#), r#""black AND (white)""#);
        assert_eq!(printed(r#""say \"hi\" \\ \n""#), r#""say \"hi\" \\ \\n""#);
        assert_eq!(
            printed("“palm trees” AND „am Meer“ AND ”vid havet”"),
            r#""palm trees" AND "am Meer" AND "vid havet""#
        );
    }

    #[test]
    fn representations_name_an_image() {
        assert_eq!(printed("style(image 2) OR semantics ( 2 )"), "style(image 2) OR style(image 2)");
        let all =
            "palette(image 1) AND sketch(image 2) AND instances(image 3) AND depth(image 4) AND intensity(image 10)";
        assert_eq!(printed(all), all);
        assert_eq!(printed("Sketch(Image 1)"), "sketch(image 1)");
    }

    #[test]
    fn a_caption_with_small_operators_is_a_caption() {
        for caption in ["cats and dogs", "a (small) cat", "ANDES", "not a toy", "R&B"] {
            assert!(!Expression::is_meant(caption), "{caption}");
        }
        for expression in ["cat AND dog", "(NOT cat)", "style(image 2)", "\"a\"OR\"b\""] {
            assert!(Expression::is_meant(expression), "{expression}");
        }
    }

    #[test]
    fn wanted_captions_are_those_under_no_not() {
        let expression =
            Expression::parse(r#"(a cat OR "ein Fisch") AND NOT (red AND NOT hat) AND depth(image 1)"#).unwrap();
        assert_eq!(expression.wanted_captions(), [("a cat", 2..7), ("ein Fisch", 11..22), ("hat", 45..48)]);
    }

    #[test]
    fn terms_come_with_their_columns() {
        let expression = Expression::parse("é OR (b c^2 AND depth(image 3))").unwrap();
        let terms: Vec<_> = expression.terms().into_iter().map(|(term, columns)| (term.to_string(), columns)).collect();
        let expected = [(r#""é""#, 1..2), (r#""b c""#, 7..10), ("depth(image 3)", 17..31)];
        assert_eq!(terms, expected.map(|(term, columns)| (term.to_owned(), columns)));
    }

    #[test]
    fn errors_say_where_and_what() {
        let table = [
            ("", "column 1: expected a condition"),
            ("   ", "column 1: expected a condition"),
            ("a beach AND", "column 12: expected a condition after AND"),
            ("a beach AND  ", "column 12: expected a condition after AND"),
            ("été &", "column 6: expected a condition after &"),
            ("a AND OR b", "column 7: expected a condition after AND, found OR"),
            ("OR b", "column 1: expected a condition, found OR"),
            ("NOT", "column 4: expected a condition after NOT"),
            ("()", "column 2: expected a condition after (, found )"),
            ("^2", "column 1: expected a condition, found `^2`"),
            ("(cat OR dog", "column 12: expected ) at the end"),
            ("cat)", "column 4: this ) closes no parenthesis"),
            (r#""cat" "dog""#, r#"column 7: expected AND or OR before `"dog"`"#),
            (
                r#"cat "a sentence much too long to repeat""#,
                r#"column 5: expected AND or OR before `"a sentence much too…`"#,
            ),
            ("cat NOT", "column 8: expected a condition after NOT"),
            ("(a OR b) c", "column 10: expected AND or OR before `c`"),
            ("(a b (c))", "column 6: expected AND or OR before ("),
            (r#"cat AND "dog"#, "column 9: this quotation mark is never closed"),
            (r#"cat AND " ""#, "column 9: a caption needs words"),
            ("cat^", "column 4: expected a weight from 0 to 10 after ^"),
            ("cat^ dog", "column 4: expected a weight from 0 to 10 after ^, found `dog`"),
            ("cat^-1", "column 4: expected a weight from 0 to 10 after ^, found `-1`"),
            ("cat^10.5", "column 4: expected a weight from 0 to 10 after ^, found `10.5`"),
            ("cat^1e1", "column 4: expected a weight from 0 to 10 after ^, found `1e1`"),
            ("cat^NaN", "column 4: expected a weight from 0 to 10 after ^, found `NaN`"),
            ("cat^1^2", "column 6: a condition takes one weight; multiply them"),
            ("(a AND b^5)^4", "column 8: the weights around this condition multiply to 20; at most 10"),
            ("style(image 0)", "column 13: expected the number of an image, 1 or more, found `0`"),
            ("style(image two)", "column 13: expected the number of an image, 1 or more, found `two`"),
            ("style(image 99999999999)", "column 13: expected the number of an image, 1 or more, found `99999999999`"),
            ("style(", "column 7: expected the number of an image, such as style(image 1)"),
            ("style()", "column 7: expected the number of an image, such as style(image 1), found )"),
            ("style(image 2", "column 14: expected ) after the number of the image"),
            ("style(image 2 3)", "column 15: expected ) after the number of the image, found `3`"),
            (
                "cat(image 1)",
                "column 1: `cat` is no representation; choose style, palette, sketch, instances, depth or intensity, \
                 or write AND or OR before the parenthesis",
            ),
        ];
        for (source, message) in table {
            assert_eq!(Expression::parse(source).unwrap_err().to_string(), message, "{source}");
        }
    }

    #[test]
    fn errors_underline_what_is_wrong() {
        let columns = |source: &str| Expression::parse(source).unwrap_err().columns;
        assert_eq!(columns("été AND OR"), 9..11);
        assert_eq!(columns("été AND"), 8..9);
        assert_eq!(columns("cat^ 10.5 AND dog"), 4..10);
        assert_eq!(columns("cat AND \"dog"), 9..10);
    }

    #[test]
    fn length_depth_and_terms_are_limited() {
        let message = |source: &str| Expression::parse(source).unwrap_err().to_string();
        assert!(Expression::parse(&"é".repeat(2000)).is_ok());
        assert_eq!(message(&"é".repeat(2001)), "column 2001: an expression has at most 2000 characters");
        let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Expression::parse(&nested(32)).is_ok());
        assert_eq!(message(&nested(33)), "column 33: at most 32 parentheses and NOTs within each other");
        assert_eq!(message(&"!".repeat(2000)), "column 33: at most 32 parentheses and NOTs within each other");
        let many = |count: usize| vec!["a"; count].join("&");
        assert!(Expression::parse(&many(64)).is_ok());
        assert_eq!(message(&many(65)), "column 129: at most 64 conditions");
    }

    #[test]
    fn the_deepest_expression_needs_a_quarter_of_a_browsers_stack() {
        let deepest = (0..MAX_DEPTH / 2).fold("a AND b".to_owned(), |inner, i| format!("NOT (c{i} OR {inner})"));
        let run = move || Expression::parse(&deepest).unwrap().normal_form().map(|clauses| clauses.len());
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
        assert!(thread.join().unwrap().is_ok());
    }
}
