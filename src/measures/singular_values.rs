//! Sum of singular values by rotations of pairs of rows. Hestenes 1958; Golub and Van Loan, "Matrix Computations", section 8.6.

/// Rows are at right angles where their cosine is below this. What is left out counts by its square.
const RIGHT_ANGLE: f64 = 1e-10;

/// Rows shorter than this part of the whole matrix are rounding errors.
const NOTHING: f64 = 1e-12;

/// One sweep turns every pair once. About ten are needed, whatever the size.
const MOST_SWEEPS: usize = 60;

/// The nuclear norm of a matrix given by its rows: tr (M Mᵀ)^½. Accurate also where M has no full rank. A linear-algebra crate
/// would bring ten crates for this one number, and a second build of those that it shares with the networks.
///
/// # Shapes
/// `[n, m]`. Time is that of some ten n² m / 2 multiplications; hand over the smaller side as rows.
pub(super) fn nuclear_norm(mut rows: Vec<Vec<f64>>) -> f64 {
    let whole: f64 = rows.iter().map(|row| dot(row, row)).sum();
    let least = whole * NOTHING * NOTHING;
    for _ in 0..MOST_SWEEPS {
        let mut turned = false;
        for later in 1..rows.len() {
            let (head, tail) = rows.split_at_mut(later);
            let b = &mut tail[0];
            let mut b_squared = dot(b, b);
            for a in head {
                let (a_squared, product) = (dot(a, a), dot(a, b));
                let lengths = (a_squared * b_squared).sqrt();
                if lengths > least && product.abs() > RIGHT_ANGLE * lengths {
                    rotate(a, b, (b_squared - a_squared) / (2.0 * product));
                    b_squared = dot(b, b);
                    turned = true;
                }
            }
        }
        if !turned {
            break;
        }
    }
    rows.iter().map(|row| dot(row, row).sqrt()).sum()
}

/// Turns two rows in their plane by the smaller angle after which they are at right angles; `cotangent` is that of twice
/// the angle.
fn rotate(a: &mut [f64], b: &mut [f64], cotangent: f64) {
    let tangent = cotangent.signum() / (cotangent.abs() + (1.0 + cotangent * cotangent).sqrt());
    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
    let sine = cosine * tangent;
    for (a, b) in a.iter_mut().zip(b) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

/// In four sums, which the processor adds at once.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a.iter().zip(b) {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::nuclear_norm;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    }

    /// `np.linalg.norm(m, "nuc")`.
    #[test]
    fn sums_are_those_of_numpy() {
        near(nuclear_norm(vec![vec![3.0, 0.0], vec![4.0, 5.0]]), 8.944_271_910);
        let waves = |n: usize, m: usize| -> Vec<Vec<f64>> {
            (0..n).map(|i| (0..m).map(|j| ((i * i + 3 * j) as f64).sin()).collect()).collect()
        };
        near(nuclear_norm(waves(7, 4)), 3.657_346_054_728);
        near(nuclear_norm(waves(30, 45)), 36.730_330_083_475);
    }

    #[test]
    fn a_matrix_of_one_direction_has_one_singular_value() {
        let row: Vec<f64> = (0..20).map(|i| f64::from(i) - 3.0).collect();
        let length = row.iter().map(|value| value * value).sum::<f64>().sqrt();
        let rows: Vec<Vec<f64>> = (1..=6).map(|k| row.iter().map(|value| value * f64::from(k)).collect()).collect();
        near(nuclear_norm(rows), length * 91.0_f64.sqrt());
        near(nuclear_norm(vec![vec![0.0; 3]; 3]), 0.0);
        near(nuclear_norm(Vec::new()), 0.0);
    }
}
