//! The palette, and the other conditions that come from pixels alone, against `training/composer_training/golden.py`: what a
//! browser hands to the networks must be what they were trained on.

use composer::conditions::{Masking, PALETTE_SIZE, Palette, Raster, intensity};
use composer::image::Picture;
use safetensors::SafeTensors;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const PALETTE: &[u8] = include_bytes!("fixtures/golden/palette.safetensors");
const CONDITIONS: &[u8] = include_bytes!("fixtures/golden/conditions.safetensors");

fn bytes(file: &'static [u8], name: &str) -> Vec<u8> {
    let file = SafeTensors::deserialize(file).expect("the golden file is whole");
    file.tensor(name).expect("the golden file has the tensor").data().to_vec()
}

fn f32s(file: &'static [u8], name: &str) -> Vec<f32> {
    bytes(file, name).as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}

fn f16s(file: &'static [u8], name: &str) -> Vec<f32> {
    bytes(file, name).as_chunks::<2>().0.iter().map(|&value| half::f16::from_le_bytes(value).to_f32()).collect()
}

fn assert_near(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= tolerance, "{what}, value {i}: {got}, want {want}");
    }
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn palettes_are_those_of_training() {
    for i in 0..4 {
        let picture = Picture::new(16, 16, bytes(PALETTE, &format!("picture.{i}"))).expect("16 x 16 pixels");
        let want = f32s(PALETTE, &format!("palette.{i}"));
        // Both are computed in f64 and rounded to f32 once; shares are at most 1.
        assert_near(&Palette::from_picture(&picture).0, &want, 1e-7, &format!("picture {i}"));
    }
}

/// The codebook has no public face; a histogram of one pixel shows which colour was nearest.
#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn each_pixel_goes_to_the_color_of_training() {
    let pixels = bytes(PALETTE, "picture.3");
    let nearest = bytes(PALETTE, "nearest.3");
    let mut palettes: Vec<Option<Palette>> = vec![None; PALETTE_SIZE];
    for (&[r, g, b], &index) in pixels.as_chunks::<3>().0.iter().zip(nearest.as_chunks::<4>().0) {
        let palette = Palette::from_colors(&[([r, g, b], 1.0)]).expect("one colour of weight 1");
        let known = palettes[i32::from_le_bytes(index) as usize].get_or_insert_with(|| palette.clone());
        assert_eq!(*known, palette, "pixel {:?}", [r, g, b]);
    }
    let distinct = palettes.iter().flatten().collect::<Vec<_>>();
    assert!(distinct.iter().enumerate().all(|(i, a)| distinct[..i].iter().all(|b| a != b)));
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn pixels_at_64_are_those_of_training() {
    let picture = Picture::new(256, 256, bytes(CONDITIONS, "picture256")).expect("256 x 256 pixels");
    let picture64 = Picture::new(64, 64, bytes(CONDITIONS, "picture64")).expect("64 x 64 pixels");
    // Training keeps 8 bits at 64, so it rounds after the mean: half a level of 255, in a range of 2.
    let rounding = 0.5 / 127.5 + 1e-5;
    let planar = Raster::new(3, 256, picture.to_planar()).box_mean(4);
    assert_near(&planar.data, &picture64.to_planar(), rounding, "picture");

    // f16 near 1 resolves 0.0005.
    let intensity = intensity::from_picture(&picture).box_mean(4);
    assert_near(&intensity.data, &f16s(CONDITIONS, "intensity"), rounding + 5e-4, "intensity");

    let sketch256 = bytes(CONDITIONS, "sketch256").iter().map(|&line| f32::from(line) / 255.0).collect();
    let sketch = Raster::new(1, 256, sketch256).box_mean(4);
    assert_near(&sketch.data, &f16s(CONDITIONS, "sketch"), 5e-4, "sketch");
}

#[test]
#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test)]
fn masking_at_64_is_that_of_training() {
    let picture = Picture::new(256, 256, bytes(CONDITIONS, "picture256")).expect("256 x 256 pixels");
    let free64 = bytes(CONDITIONS, "mask64").iter().map(|&free| f32::from(u8::from(free > 0))).collect();
    let mask = Raster::new(1, 64, free64).nearest(4);
    let masking = Masking { picture, mask };
    // As above: training rounds the picture at 64 to 8 bits, and the file is f16.
    assert_near(&masking.raster(64).data, &f16s(CONDITIONS, "masking"), 0.5 / 127.5 + 5.1e-4, "masking");
}
