//! How near each place is. Pseudo-depth: the decomposer learnt it from drawings whose layers are known, not from measurements.

use super::intensity::luma;
use super::{BASE_SIZE, Raster};
use crate::error::{Error, Result};
use crate::image::Picture;

/// Relative depth at 64 x 64, 1 = near.
#[derive(Clone, PartialEq)]
pub struct Depth(Vec<f32>);

impl Depth {
    /// A map from its values, `[64, 64]` in [0, 1], 1 = near.
    ///
    /// # Errors
    /// [`Error::Image`] where there are more or fewer, or one is out of range.
    pub fn new(values: Vec<f32>) -> Result<Self> {
        if values.len() != BASE_SIZE * BASE_SIZE || !values.iter().all(|value| (0.0..=1.0).contains(value)) {
            return Err(Error::image(format!("a depth map has {BASE_SIZE} x {BASE_SIZE} values between 0 and 1")));
        }
        Ok(Self(values))
    }

    /// The brightness of a picture's centred square, white = near.
    #[must_use]
    pub fn from_picture(picture: &Picture) -> Self {
        let square = picture.square(BASE_SIZE as u32);
        let (pixels, _) = square.rgb.as_chunks::<3>();
        Self(pixels.iter().map(|&pixel| (luma(pixel) / 255.0).clamp(0.0, 1.0)).collect())
    }

    /// The map as a grey picture of 64 x 64, white = near.
    #[must_use]
    pub fn to_picture(&self) -> Picture {
        Raster::new(1, BASE_SIZE, self.0.clone()).to_picture(0.0, 1.0)
    }

    /// Nearness of each place, `[64, 64]`.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// # Shapes
    /// Returns `[1, size, size]`: bilinear where `size` is above 64, averaged where it is below, as in training.
    ///
    /// # Panics
    /// When neither of `size` and 64 divides the other.
    #[must_use]
    pub fn raster(&self, size: usize) -> Raster {
        Raster::new(1, BASE_SIZE, self.0.clone()).resized(size, Raster::bilinear)
    }
}

/// Range only; the values would fill the log.
impl std::fmt::Debug for Depth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (low, high) = self.0.iter().fold((1.0_f32, 0.0_f32), |(low, high), &v| (low.min(v), high.max(v)));
        write!(f, "Depth({low} to {high})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_sees_the_map_itself_and_the_upsampler_a_smooth_one() {
        let values: Vec<f32> = (0..64 * 64).map(|i| (i % 64) as f32 / 63.0).collect();
        let depth = Depth::new(values.clone()).unwrap();
        assert_eq!(depth.raster(64).data, values);
        let large = depth.raster(256);
        assert!(large.data.windows(2).take(255).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] < 0.005));
    }

    #[test]
    fn white_is_near() {
        let picture = Picture::new(2, 1, vec![255; 6]).unwrap();
        assert!(Depth::from_picture(&picture).values().iter().all(|&value| value > 0.999));
    }

    #[test]
    fn a_map_survives_as_a_picture() {
        let values: Vec<f32> = (0..64 * 64).map(|i| (i % 256) as f32 / 255.0).collect();
        let read = Depth::from_picture(&Depth::new(values.clone()).unwrap().to_picture());
        assert!(read.values().iter().zip(&values).all(|(read, value)| (read - value).abs() < 1e-3));
    }

    #[test]
    fn values_out_of_range_are_an_error() {
        assert!(Depth::new(vec![0.5; 64 * 64]).is_ok());
        assert!(Depth::new(vec![1.5; 64 * 64]).is_err() && Depth::new(vec![0.5; 3]).is_err());
        assert!(Depth::new(vec![f32::NAN; 64 * 64]).is_err());
    }
}
