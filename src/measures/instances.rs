//! Which thing is where: overlap of categories.

use crate::conditions::{BACKGROUND, CATEGORIES, Instances};

/// Mean intersection over union of the categories that occur in either map: 1 the same map, 0 nothing in its place.
///
/// Background does not count: it fills most of every picture, so any two maps share it. Two maps without any thing agree
/// and give 1.
#[must_use]
pub fn mean_iou(result: &Instances, reference: &Instances) -> f64 {
    let ratios: Vec<f64> = overlaps(result, reference, usize::from).into_iter().skip(1).flatten().collect();
    if ratios.is_empty() { 1.0 } else { ratios.iter().sum::<f64>() / ratios.len() as f64 }
}

/// Intersection over union of things and background, whatever the things are: 1 where neither map shows a thing.
#[must_use]
pub fn things_iou(result: &Instances, reference: &Instances) -> f64 {
    overlaps(result, reference, |category| usize::from(category != BACKGROUND))[1].unwrap_or(1.0)
}

/// Intersection over union of each class, where it occurs in either map; `class` is 0 for background.
fn overlaps(result: &Instances, reference: &Instances, class: fn(u8) -> usize) -> [Option<f64>; CATEGORIES] {
    let mut both = [0_u32; CATEGORIES];
    let mut either = [0_u32; CATEGORIES];
    for (&a, &b) in result.categories().iter().zip(reference.categories()) {
        let (a, b) = (class(a), class(b));
        either[a] += 1;
        if a == b {
            both[a] += 1;
        } else {
            either[b] += 1;
        }
    }
    std::array::from_fn(|class| (either[class] > 0).then(|| f64::from(both[class]) / f64::from(either[class])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(category: impl Fn(usize, usize) -> u8) -> Instances {
        Instances::new((0..64 * 64).map(|i| category(i / 64, i % 64)).collect(), vec![0.0; 64 * 64]).unwrap()
    }

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-12, "{got} is not {want}");
    }

    /// A square of 16 x 16 places.
    fn square(left: usize, category: u8) -> Instances {
        map(|y, x| if (10..26).contains(&y) && (left..left + 16).contains(&x) { category } else { 0 })
    }

    #[test]
    fn the_same_map_is_1_with_things_or_without() {
        near(mean_iou(&square(4, 3), &square(4, 3)), 1.0);
        near(mean_iou(&square(4, 0), &square(4, 0)), 1.0);
    }

    #[test]
    fn a_thing_moved_by_half_its_width_shares_a_third() {
        near(mean_iou(&square(12, 3), &square(4, 3)), 1.0 / 3.0);
    }

    #[test]
    fn the_right_place_with_the_wrong_category_is_0_and_background_does_not_help() {
        near(mean_iou(&square(4, 5), &square(4, 3)), 0.0);
        near(mean_iou(&square(4, 0), &square(4, 3)), 0.0);
        near(things_iou(&square(4, 5), &square(4, 3)), 1.0);
        near(things_iou(&square(12, 5), &square(4, 3)), 1.0 / 3.0);
        near(things_iou(&square(4, 0), &square(4, 3)), 0.0);
        near(things_iou(&square(4, 0), &square(4, 0)), 1.0);
    }
}
