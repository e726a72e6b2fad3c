//! AND, OR and NOT on data whose predictions are known exactly: where do the samples land?
//!
//! The data are four narrow bells, one near each corner of the square [-1, 1]². A condition holds of some of the
//! corners, so what a perfect network predicts under it has a formula. Sampling is the engine's own: DDIM, and a
//! sample's noise and its clause from its seed.

use super::{Clause, Expression, Term, WeightedTerm, choose, compose, joint_groups};
use crate::diffusion::{NoiseSchedule, Prediction, SamplerKind, Scheduler, gaussian, philox4x32_10};

type Point = [f64; 2];

const CENTRE: f64 = 0.7;
const DEVIATION: f64 = 0.08;
/// What is further than this from all corners is none of the data. Between two corners are 1.4 or more.
const RADIUS: f64 = 0.45;
const SAMPLES: u32 = 300;
const STEPS: usize = 50;
/// The engine's default; it multiplies every weight.
const GUIDANCE_SCALE: f32 = 3.0;
const DATA_RANGE: Option<f32> = Some(1.0);

const CORNERS: [Point; 4] = [[-CENTRE, CENTRE], [CENTRE, CENTRE], [-CENTRE, -CENTRE], [CENTRE, -CENTRE]];
const TOP_LEFT: usize = 0;
const TOP_RIGHT: usize = 1;
const BOTTOM_LEFT: usize = 2;
const BOTTOM_RIGHT: usize = 3;

fn holds(term: &Term, [x, y]: Point) -> bool {
    match term {
        Term::Caption(text) => match text.as_str() {
            "left" => x < 0.0,
            "right" => x > 0.0,
            "top" => y > 0.0,
            "bottom" => y < 0.0,
            "rising" => x * y > 0.0,
            other => panic!("{other} is no caption of the toy"),
        },
        // The only picture is one of the upper corners.
        Term::Representation { .. } => y > 0.0,
    }
}

/// E[x_0 | x_t] for the equal mixture of bells N(μ, s²) at the corners where all `terms` hold:
/// Σ r_μ (μ + α s² / v (x_t − α μ)), where v = α² s² + σ² and r_μ ∝ exp(−|x_t − α μ|² / 2v).
fn predict(terms: &[WeightedTerm], sample: &[f32], (alpha, sigma): (f64, f64)) -> Vec<f32> {
    let corners: Vec<_> = CORNERS.into_iter().filter(|&corner| terms.iter().all(|t| holds(&t.term, corner))).collect();
    let variance = (alpha * DEVIATION).powi(2) + sigma.powi(2);
    let x = [f64::from(sample[0]), f64::from(sample[1])];
    let exponents: Vec<_> =
        corners.iter().map(|c| -square_distance(x, c.map(|c| alpha * c)) / (2.0 * variance)).collect();
    let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<_> = exponents.iter().map(|exponent| (exponent - largest).exp()).collect();
    let gain = alpha * DEVIATION.powi(2) / variance;
    let coordinate = |i: usize| {
        let of_corners = corners.iter().zip(&shares).map(|(c, share)| share * (c[i] + gain * (x[i] - alpha * c[i])));
        (of_corners.sum::<f64>() / shares.iter().sum::<f64>()) as f32
    };
    vec![coordinate(0), coordinate(1)]
}

fn square_distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// What the engine does in one step of one clause.
fn predict_clause(clause: &Clause, sample: &[f32], at: (f64, f64)) -> Vec<f32> {
    let groups = joint_groups(clause);
    let conds: Vec<_> =
        groups.iter().map(|group| (predict(&group.terms, sample, at), GUIDANCE_SCALE * group.weight)).collect();
    let conds: Vec<_> = conds.iter().map(|(cond, weight)| (&cond[..], *weight)).collect();
    compose(&predict(&[], sample, at), &conds)
}

/// The end of a run from the noise of `seed`.
fn run(
    schedule: &NoiseSchedule,
    seed: u32,
    clamp: Option<f32>,
    predict: impl Fn(&[f32], (f64, f64)) -> Vec<f32>,
) -> Point {
    let ddim = SamplerKind::Ddim { eta: 0.0 };
    let mut scheduler = Scheduler::new(schedule, ddim, STEPS, Prediction::Sample, clamp).unwrap();
    let mut sample = gaussian(u64::from(seed), 0, 2);
    for t in scheduler.timesteps().to_vec() {
        let prediction = predict(&sample, schedule.alpha_sigma(t));
        scheduler.step(&prediction, &mut sample, None).unwrap();
    }
    [f64::from(sample[0]), f64::from(sample[1])]
}

fn clauses(expression: &str) -> Vec<Clause> {
    Expression::parse(expression).unwrap().normal_form().unwrap()
}

fn samples(expression: &str, clamp: Option<f32>) -> Vec<Point> {
    let (schedule, clauses) = (NoiseSchedule::cosine(1000), clauses(expression));
    let sample = |seed| {
        // Stream 1: stream 0 is the noise.
        let [word, ..] = philox4x32_10([0, 0, 1, 0], [seed, 0]);
        let clause = choose(&clauses, word);
        run(&schedule, seed, clamp, |sample, at| predict_clause(clause, sample, at))
    };
    (0..SAMPLES).map(sample).collect()
}

/// How many of `samples` are at each corner; `None` when one is at none, for instance between two.
fn at_corners(samples: &[Point]) -> Option<[u32; 4]> {
    let mut counts = [0; 4];
    for &sample in samples {
        counts[CORNERS.iter().position(|&corner| square_distance(sample, corner) < RADIUS * RADIUS)?] += 1;
    }
    Some(counts)
}

/// The criterion: all samples are at corners, no more than `strays` of them at others than `wanted`, and these have
/// equal shares but for chance: within four standard deviations of a fair draw.
fn shared_by(samples: &[Point], wanted: &[usize], strays: u32) -> bool {
    let share = 1.0 / wanted.len() as f64;
    let (mean, deviation) = (share * f64::from(SAMPLES), (share * (1.0 - share) * f64::from(SAMPLES)).sqrt());
    let is_fair = |count: u32| (f64::from(count) - mean).abs() <= 4.0 * deviation + f64::from(strays);
    at_corners(samples).is_some_and(|counts| {
        let at_wanted: u32 = wanted.iter().map(|&corner| counts[corner]).sum();
        SAMPLES - at_wanted <= strays && wanted.iter().all(|&corner| is_fair(counts[corner]))
    })
}

#[track_caller]
fn assert_shared(expression: &str, wanted: &[usize], strays: u32) {
    let samples = samples(expression, DATA_RANGE);
    assert!(shared_by(&samples, wanted, strays), "{expression}: {:?}", at_corners(&samples));
}

#[test]
fn a_single_condition_leads_to_where_it_holds() {
    assert_shared("left", &[TOP_LEFT, BOTTOM_LEFT], 0);
    assert_shared("style(image 1)", &[TOP_LEFT, TOP_RIGHT], 0);
}

#[test]
fn and_leads_to_where_all_conditions_hold() {
    assert_shared("right AND top", &[TOP_RIGHT], 0);
    assert_shared("left^0.5 AND bottom^1.5", &[BOTTOM_LEFT], 0);
}

/// The sum is exact for conditions that say nothing about each other once x_t is known: left and top, each about its
/// own coordinate. A joint prediction needs no such luck.
#[test]
fn and_of_entangled_conditions_is_rough_when_composed_and_exact_when_joint() {
    let composed = at_corners(&samples("rising AND top", DATA_RANGE)).unwrap();
    assert!(composed[TOP_RIGHT] > SAMPLES * 7 / 10 && composed[TOP_RIGHT] < SAMPLES, "{composed:?}");
    assert_shared("rising AND style(image 1)", &[TOP_RIGHT], 0);
}

/// Of the data, one half is excluded. Some samples start so deep in it that no prediction tells it from the rest: one
/// in twenty at weight 1, fewer the larger the weight.
#[test]
fn not_leads_away_from_what_is_excluded() {
    for (weight, percent) in [("1", 7), ("1.5", 5), ("2", 3)] {
        let strays = SAMPLES * percent / 100;
        assert_shared(&format!("NOT top^{weight}"), &[BOTTOM_LEFT, BOTTOM_RIGHT], strays);
        assert_shared(&format!("right AND NOT top^{weight}"), &[BOTTOM_RIGHT], strays);
        assert_shared(&format!("NOT (NOT left OR bottom)^{weight}"), &[TOP_LEFT], strays);
    }
}

#[test]
fn not_without_the_clamp_leaves_the_data() {
    let samples = samples("right AND NOT top", None);
    let outside = samples.iter().filter(|sample| sample[1] < -2.0).count();
    assert!(outside > samples.len() * 9 / 10, "{outside}");
    assert!(!shared_by(&samples, &[BOTTOM_RIGHT], SAMPLES));
}

#[test]
fn or_leads_to_each_alternative_equally_often_and_to_nothing_between() {
    assert_shared("left AND top OR right AND bottom", &[TOP_LEFT, BOTTOM_RIGHT], 0);
    assert_shared("(left OR right) AND top", &[TOP_LEFT, TOP_RIGHT], 0);
    assert_shared("left AND (top OR bottom) OR right AND bottom", &[TOP_LEFT, BOTTOM_LEFT, BOTTOM_RIGHT], 0);
}

/// The criterion that OR meets, strays or not, refuses the average of the alternatives' predictions.
#[test]
fn averaging_the_alternatives_leads_between_them() {
    let schedule = NoiseSchedule::cosine(1000);
    for (expression, wanted) in [
        ("left AND top OR right AND bottom", [TOP_LEFT, BOTTOM_RIGHT]),
        ("(left OR right) AND top", [TOP_LEFT, TOP_RIGHT]),
    ] {
        let clauses = clauses(expression);
        let average = |sample: &[f32], at| {
            let [first, second] = [0, 1].map(|i| predict_clause(&clauses[i], sample, at));
            first.iter().zip(&second).map(|(a, b)| 0.5 * (a + b)).collect()
        };
        let samples: Vec<_> = (0..SAMPLES).map(|seed| run(&schedule, seed, DATA_RANGE, average)).collect();
        assert!(!shared_by(&samples, &wanted, SAMPLES), "{expression}: {:?}", at_corners(&samples));
        let between = samples.iter().filter(|sample| sample[0].abs() < 0.3).count();
        assert!(between > samples.len() * 9 / 10, "{expression}: {between}");
    }
}
