//! Noise schedule and samplers against `training/composer_training/golden.py`, which compares itself with diffusers.

use composer::diffusion::{Inversion, NoiseSchedule, Prediction, SamplerKind, Scheduler, gaussian, trailing_timesteps};
use safetensors::SafeTensors;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const GOLDEN: &[u8] = include_bytes!("fixtures/golden/schedulers.safetensors");

/// The reference is in f64 throughout; our sample is f32 between steps. Ten steps each add at most half a unit in the last place
/// of values up to 4 (2.4e-7), which the stand-in network passes on with a factor of about 1.
const TOLERANCE: f64 = 1e-5;

fn f64s(name: &str) -> Vec<f64> {
    let file = SafeTensors::deserialize(GOLDEN).expect("the golden file is whole");
    let data = file.tensor(name).expect("the golden file has the tensor").data().to_vec();
    data.as_chunks::<8>().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect()
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn the_schedule_is_the_one_of_training() {
    let schedule = NoiseSchedule::cosine(1000);
    // Another library's cosine, and the product of five roundings.
    for (t, (got, want)) in schedule.alphas_cumprod.iter().zip(f64s("alphas_cumprod")).enumerate() {
        assert!((got - want).abs() < 1e-14, "t = {t}: {got} {want}");
    }
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn runs_visit_the_timesteps_of_diffusers() {
    let file = SafeTensors::deserialize(GOLDEN).expect("the golden file is whole");
    for steps in [3, 7, 10, 20, 50] {
        let tensor = file.tensor(&format!("trailing.{steps}")).expect("the golden file has the tensor");
        let (values, _) = tensor.data().as_chunks::<4>();
        let want: Vec<usize> = values.iter().map(|&bytes| i32::from_le_bytes(bytes) as usize).collect();
        assert_eq!(trailing_timesteps(1000, steps), Ok(want));
    }
}

/// The stand-in network v = 0.7 x cos(t / 200) + 0.3 sin(x).
fn velocity(sample: &[f32], t: usize) -> Vec<f32> {
    let cosine = libm::cos(t as f64 / 200.0);
    let velocity = |&x: &f32| (0.7 * f64::from(x) * cosine + 0.3 * libm::sin(f64::from(x))) as f32;
    sample.iter().map(velocity).collect()
}

fn initial() -> Vec<f32> {
    f64s("initial").iter().map(|&value| value as f32).collect()
}

fn assert_close(got: &[f32], want: &[f64], what: &str) {
    assert!(!got.is_empty(), "{what}");
    for (got, want) in got.iter().zip(want) {
        assert!((f64::from(*got) - want).abs() < TOLERANCE, "{what}: {got} {want}");
    }
}

/// Ten steps with the stand-in network.
fn assert_trajectory(kind: SamplerKind, name: &str) {
    let (want, noise) = (f64s(name), f64s("noise"));
    let mut sample = initial();
    let width = sample.len();
    let mut run =
        Scheduler::new(&NoiseSchedule::cosine(1000), kind, 10, Prediction::Velocity, None).expect("ten steps");
    for (step, t) in run.timesteps().to_vec().into_iter().enumerate() {
        let noise: Vec<f32> = noise[step * width..][..width].iter().map(|&value| value as f32).collect();
        run.step(&velocity(&sample, t), &mut sample, Some(&noise)).expect("a step of the run");
        assert_close(&sample, &want[(step + 1) * width..], &format!("{name}, step {step}"));
    }
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn ddim_goes_where_diffusers_goes() {
    assert_trajectory(SamplerKind::Ddim { eta: 0.0 }, "ddim.eta0");
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn ddim_with_fresh_noise_goes_where_the_reference_goes() {
    assert_trajectory(SamplerKind::Ddim { eta: 0.5 }, "ddim.eta05");
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn dpm_solver_goes_where_diffusers_goes() {
    assert_trajectory(SamplerKind::DpmSolverPlusPlus2M, "dpmpp_2m");
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn unipc_goes_where_diffusers_goes() {
    assert_trajectory(SamplerKind::UniPc, "unipc");
}

/// Ten steps up with the stand-in network, and ten down again.
#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn inversion_goes_where_the_reference_goes_and_back() {
    let (schedule, width) = (NoiseSchedule::cosine(1000), initial().len());
    for refinements in 0..3 {
        let want = f64s(&format!("inversion.{refinements}"));
        let mut run = Inversion::new(&schedule, 10, Prediction::Velocity, refinements).expect("ten steps");
        assert_eq!((run.timesteps().len() + 1) * width, want.len());
        let mut sample = initial();
        for (step, t) in run.timesteps().to_vec().into_iter().enumerate() {
            run.step(&velocity(&sample, t), &mut sample).expect("a step of the run");
            let what = format!("{refinements} refinements, step {step}");
            assert_close(&sample, &want[(step + 1) * width..], &what);
        }
        let kind = SamplerKind::Ddim { eta: 0.0 };
        let mut run = Scheduler::new(&schedule, kind, 10, Prediction::Velocity, None).expect("ten steps");
        for t in run.timesteps().to_vec() {
            run.step(&velocity(&sample, t), &mut sample, None).expect("a step of the run");
        }
        assert_close(&sample, &f64s(&format!("round_trip.{refinements}")), &format!("{refinements} refinements, back"));
    }
}

/// Natively and in a browser. The bits were computed independently with Python's integers and `math`.
#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn a_seed_means_the_same_bits_everywhere() {
    let bits: Vec<u32> = gaussian(7, 0, 4).iter().map(|value| value.to_bits()).collect();
    assert_eq!(bits, [0x3998_DD84, 0xBE9C_14E7, 0x3FE4_F600, 0x3F88_B00C]);
}
