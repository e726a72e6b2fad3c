//! A square map of numbers: what local conditions are made of.

use crate::image::Picture;

/// `[channels, size, size]`, one plane after the other.
#[derive(Clone, PartialEq)]
pub struct Raster {
    /// Planes.
    pub channels: usize,
    /// Side in pixels.
    pub size: usize,
    /// `channels * size * size` values, plane by plane, row by row.
    pub data: Vec<f32>,
}

impl Raster {
    /// A raster from its values.
    ///
    /// # Panics
    /// When `data` is not `channels * size * size` long.
    #[must_use]
    pub fn new(channels: usize, size: usize, data: Vec<f32>) -> Self {
        assert_eq!(data.len(), channels * size * size, "values do not fit [{channels}, {size}, {size}]");
        Self { channels, size, data }
    }

    /// Smaller: each value is the mean of a `factor` x `factor` box.
    ///
    /// # Panics
    /// When `factor` does not divide `size`.
    #[must_use]
    pub fn box_mean(&self, factor: usize) -> Self {
        assert!(factor > 0 && self.size.is_multiple_of(factor), "{factor} does not divide {}", self.size);
        let area = (factor * factor) as f32;
        self.map_to(self.size / factor, |plane, y, x| {
            let rows = (y * factor..(y + 1) * factor).map(|row| &plane[row * self.size + x * factor..][..factor]);
            rows.flatten().sum::<f32>() / area
        })
    }

    /// Of `size` x `size`: `enlarge` where that is larger, [`Self::box_mean`] where it is smaller.
    ///
    /// # Panics
    /// When neither size divides the other.
    #[must_use]
    pub fn resized(&self, size: usize, enlarge: fn(&Self, usize) -> Self) -> Self {
        if size < self.size {
            assert!(size > 0 && self.size.is_multiple_of(size), "{size} does not divide {}", self.size);
            return self.box_mean(self.size / size);
        }
        assert!(size.is_multiple_of(self.size), "{} does not divide {size}", self.size);
        enlarge(self, size / self.size)
    }

    /// Larger: each value becomes a `factor` x `factor` box.
    #[must_use]
    pub fn nearest(&self, factor: usize) -> Self {
        self.map_to(self.size * factor, |plane, y, x| plane[y / factor * self.size + x / factor])
    }

    /// Larger: bilinear with half-pixel centres and clamped edges (PyTorch's `align_corners=False`).
    #[must_use]
    pub fn bilinear(&self, factor: usize) -> Self {
        let last = self.size.saturating_sub(1);
        let taps = |at: usize| {
            let source = ((at as f32 + 0.5) / factor as f32 - 0.5).max(0.0);
            let low = source as usize;
            (low, (low + 1).min(last), source - low as f32)
        };
        let mix = |a: f32, b: f32, share: f32| (1.0 - share) * a + share * b;
        self.map_to(self.size * factor, |plane, y, x| {
            let ((top, bottom, down), (left, right, along)) = (taps(y), taps(x));
            let row = |y: usize| mix(plane[y * self.size + left], plane[y * self.size + right], along);
            mix(row(top), row(bottom), down)
        })
    }

    /// A plane as a grey picture: `black` and what is below becomes black, `white` and what is above white.
    ///
    /// # Panics
    /// When there is more than one plane.
    #[must_use]
    pub fn to_picture(&self, black: f32, white: f32) -> Picture {
        assert_eq!(self.channels, 1, "only one plane makes a grey picture");
        let grey = |value: &f32| ((value - black) / (white - black) * 255.0).round().clamp(0.0, 255.0) as u8;
        let rgb = self.data.iter().flat_map(|value| [grey(value); 3]).collect();
        Picture { width: self.size as u32, height: self.size as u32, rgb }
    }

    /// Another raster of as many planes, each value computed from a whole plane of this one and a place (row, column).
    fn map_to(&self, size: usize, value: impl Fn(&[f32], usize, usize) -> f32) -> Self {
        let area = self.size * self.size;
        let mut data = Vec::with_capacity(self.channels * size * size);
        for channel in 0..self.channels {
            let plane = &self.data[channel * area..][..area];
            data.extend((0..size * size).map(|i| value(plane, i / size, i % size)));
        }
        Self { channels: self.channels, size, data }
    }
}

/// The shape only; the values would fill the log.
impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raster[{}, {}, {}]", self.channels, self.size, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::Raster;

    #[test]
    fn box_mean_averages_each_box_of_each_plane() {
        let raster = Raster::new(2, 4, (0..32).map(|i| i as f32).collect());
        assert_eq!(raster.box_mean(2).data, [2.5, 4.5, 10.5, 12.5, 18.5, 20.5, 26.5, 28.5]);
        assert_eq!(raster.box_mean(1), raster);
    }

    #[test]
    fn nearest_repeats_and_box_mean_undoes_it() {
        let raster = Raster::new(1, 2, vec![1.0, 2.0, 3.0, 4.0]);
        let larger = raster.nearest(2);
        assert_eq!(larger.data[..8], [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(larger.box_mean(2), raster);
    }

    /// `torch.nn.functional.interpolate([[[[0, 1]], [[2, 3]]]], scale_factor=2, mode="bilinear")`, worked out by hand.
    #[test]
    fn bilinear_has_half_pixel_centres_and_clamped_edges() {
        let raster = Raster::new(1, 2, vec![0.0, 1.0, 2.0, 3.0]);
        let row = [0.0, 0.25, 0.75, 1.0];
        let want: Vec<f32> = [0.0, 0.5, 1.5, 2.0].iter().flat_map(|down| row.map(|along| down + along)).collect();
        assert_eq!(raster.bilinear(2).data, want);
    }
}
