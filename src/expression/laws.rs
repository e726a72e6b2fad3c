//! The laws of the language, for expressions drawn at random from a fixed seed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{Clause, Expression, Node, NodeKind, Representation, Term};

/// The same expressions on every run and machine, and no files about failures: the seed finds them again.
fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(2302), failure_persistence: None, ..ProptestConfig::with_cases(400) }
}

fn node(kind: NodeKind) -> Node {
    Node { kind, span: 0..0 }
}

/// Any caption that quotes can hold, and any representation.
fn any_term() -> impl Strategy<Value = Term> {
    use Representation::{Depth, Instances, Intensity, Palette, Semantics, Sketch};
    let caption = prop_oneof![
        "(cat|dog|AND|or|NOT|a beach|\"|\\\\|\\^2|“|\\(){1,4}",
        "\\PC{1,12}".prop_filter("a caption needs words", |text| !text.trim().is_empty()),
    ];
    let kind = prop::sample::select(vec![Semantics, Palette, Sketch, Instances, Depth, Intensity]);
    prop_oneof![
        caption.prop_map(|text| Term::caption([text.as_str()])),
        (kind, 1..20_usize).prop_map(|(kind, image)| Term::Representation { kind, image }),
    ]
}

/// One of three captions: few enough for repetitions, contradictions and absorption, and for the limit on clauses to be
/// far.
fn letter() -> impl Strategy<Value = Term> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(|letter| Term::caption([letter]))
}

/// At most 27 terms, with weights whose products, 1.5⁴ at most, stay in range.
fn tree(term: impl Strategy<Value = Term> + 'static, weighted: bool) -> impl Strategy<Value = Node> {
    let leaf = term.prop_map(|term| node(NodeKind::Term(term)));
    leaf.prop_recursive(3, 27, 3, move |inner| {
        let weight = prop::sample::select(if weighted { vec![0.0, 0.25, 1.0, 1.5] } else { vec![1.0] });
        prop_oneof![
            inner.clone().prop_map(|inner| node(NodeKind::Not(Box::new(inner)))),
            vec(inner.clone(), 2..=3).prop_map(|operands| node(NodeKind::And(operands))),
            vec(inner.clone(), 2..=3).prop_map(|operands| node(NodeKind::Or(operands))),
            (inner, weight).prop_map(|(inner, weight)| node(NodeKind::Weighted(Box::new(inner), weight))),
        ]
    })
}

fn parse(source: &str) -> Expression {
    Expression::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The normal form, `None` for a contradiction.
fn clauses(source: &str) -> Option<Vec<Clause>> {
    match parse(source).normal_form() {
        Ok(clauses) => Some(clauses),
        Err(error) => {
            assert!(error.message.starts_with("no picture can fit this"), "{source}: {error}");
            None
        }
    }
}

/// Whether `node` holds of something that has the terms in `present`, weights left aside.
fn holds(node: &Node, present: &[&str]) -> bool {
    match &node.kind {
        NodeKind::Term(Term::Caption(text)) => present.contains(&text.as_str()),
        NodeKind::Term(Term::Representation { .. }) => false,
        NodeKind::Not(inner) => !holds(inner, present),
        NodeKind::Weighted(inner, _) => holds(inner, present),
        NodeKind::And(operands) => operands.iter().all(|operand| holds(operand, present)),
        NodeKind::Or(operands) => operands.iter().any(|operand| holds(operand, present)),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_printed_reads_back_as_the_same(root in tree(any_term(), true)) {
        let text = root.to_string();
        let parsed = parse(&text);
        prop_assert_eq!(parsed.root(), &root, "{}", text);
    }

    #[test]
    fn any_text_is_read_or_refused_without_panic(text in "(\\PC|cat|AND|OR|NOT|[()^!&|\"“2]| ){0,60}") {
        match Expression::parse(&text) {
            Ok(expression) => { let _ = expression.normal_form(); }
            Err(error) => prop_assert!(error.columns.end <= text.chars().count() + 2 && !error.columns.is_empty()),
        }
    }

    #[test]
    fn de_morgan(x in tree(letter(), true), y in tree(letter(), true)) {
        prop_assert_eq!(clauses(&format!("NOT (({x}) AND ({y}))")), clauses(&format!("NOT ({x}) OR NOT ({y})")));
        prop_assert_eq!(clauses(&format!("NOT (({x}) OR ({y}))")), clauses(&format!("NOT ({x}) AND NOT ({y})")));
    }

    #[test]
    fn double_negation(x in tree(letter(), true)) {
        prop_assert_eq!(clauses(&format!("NOT NOT ({x})")), clauses(&x.to_string()));
    }

    #[test]
    fn each_operator_distributes_over_the_other(
        x in tree(letter(), true), y in tree(letter(), true), z in tree(letter(), true),
    ) {
        for (outer, inner) in [("AND", "OR"), ("OR", "AND")] {
            let factored = format!("({x}) {outer} (({y}) {inner} ({z}))");
            // The right side repeats x, so it has more terms; beyond the limit there is nothing to compare.
            let spread = format!("(({x}) {outer} ({y})) {inner} (({x}) {outer} ({z}))");
            if Expression::parse(&spread).is_ok() {
                prop_assert_eq!(clauses(&factored), clauses(&spread));
            }
        }
    }

    #[test]
    fn order_grouping_and_repetition_do_not_matter(
        x in tree(letter(), true), y in tree(letter(), true), z in tree(letter(), true),
    ) {
        for operator in ["AND", "OR"] {
            let all = clauses(&format!("({x}) {operator} ({y}) {operator} ({z})"));
            prop_assert_eq!(&clauses(&format!("({z}) {operator} (({x}) {operator} ({y}))")), &all);
            prop_assert_eq!(clauses(&format!("({x}) {operator} ({x})")), clauses(&x.to_string()));
        }
    }

    #[test]
    fn a_part_absorbs_what_asks_for_more(x in tree(letter(), true), y in tree(letter(), true)) {
        let alone = clauses(&x.to_string());
        prop_assert_eq!(&clauses(&format!("({x}) OR (({x}) AND ({y}))")), &alone);
        prop_assert_eq!(&clauses(&format!("({x}) AND (({x}) OR ({y}))")), &alone);
    }

    #[test]
    fn a_weight_reaches_every_operand(x in tree(letter(), true), y in tree(letter(), true)) {
        for operator in ["AND", "OR"] {
            let each = clauses(&format!("({x})^0.5 {operator} NOT ({y})^0.5"));
            prop_assert_eq!(clauses(&format!("(({x}) {operator} NOT ({y}))^0.5")), each);
        }
    }

    /// The truth table of the tree itself is what the clauses must give.
    #[test]
    fn the_normal_form_means_the_same(x in tree(letter(), false)) {
        let clauses = clauses(&x.to_string()).unwrap_or_default();
        for bits in 0..8 {
            let present: Vec<_> = ["a", "b", "c"].into_iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).collect();
            let present: Vec<_> = present.into_iter().map(|(_, letter)| letter).collect();
            let fits = |clause: &Clause| holds(parse(&clause.to_string()).root(), &present);
            prop_assert_eq!(clauses.iter().any(fits), holds(&x, &present), "{} with {:?}", x, present);
        }
    }

    #[test]
    fn the_normal_form_is_its_own_normal_form(x in tree(letter(), true)) {
        if let Some(normal) = clauses(&x.to_string()) {
            let text = normal.iter().map(|clause| format!("({clause})")).collect::<Vec<_>>().join(" OR ");
            if Expression::parse(&text).is_ok() {
                prop_assert_eq!(clauses(&text), Some(normal));
            }
        }
    }
}
