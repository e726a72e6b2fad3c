//! Which thing is where: a category for each place and the boundaries between things.

use super::{BASE_SIZE, PICTURE_SIZE, Raster};
use crate::error::{Error, Result};
use crate::image::Picture;

/// Kinds of things that are told apart; the first is background. The model's card names them.
pub const CATEGORIES: usize = 16;

/// The category of what is no thing.
pub const BACKGROUND: u8 = 0;

/// Values of the red channel that one category takes up in a picture of a map.
const RED_PER_CATEGORY: usize = 256 / CATEGORIES;

/// Places that a mask reaches beyond the things that it is made from, at 64 x 64: edges are never exact.
const MASK_MARGIN: usize = 1;

/// A map of instances at 64 x 64.
#[derive(Clone, PartialEq)]
pub struct Instances {
    categories: Vec<u8>,
    boundary: Vec<f32>,
}

impl Instances {
    /// A map from its two planes, each `[64, 64]`: categories, and the boundary in [0, 1].
    ///
    /// # Errors
    /// [`Error::Image`] where a plane has another size or a value is out of range.
    pub fn new(categories: Vec<u8>, boundary: Vec<f32>) -> Result<Self> {
        if categories.len() != BASE_SIZE * BASE_SIZE || boundary.len() != categories.len() {
            return Err(Error::image(format!("a map of instances has {BASE_SIZE} x {BASE_SIZE} places")));
        }
        if let Some(category) = categories.iter().find(|category| usize::from(**category) >= CATEGORIES) {
            return Err(Error::image(format!("category {category} is unknown; choose 0 to {}", CATEGORIES - 1)));
        }
        if !boundary.iter().all(|value| (0.0..=1.0).contains(value)) {
            return Err(Error::image("the boundary of instances must lie between 0 and 1"));
        }
        Ok(Self { categories, boundary })
    }

    /// The map with one category for each thing: places that hang together and are no boundary take the category that most of
    /// them have, and boundaries that of the nearest thing. A network says now this and now that within one thing.
    #[must_use]
    pub fn voted(mut self) -> Self {
        let is_boundary: Vec<bool> = self.boundary.iter().map(|&boundary| boundary >= 0.5).collect();
        let is_thing = |at: usize, categories: &[u8]| categories[at] != BACKGROUND;
        let mut done = vec![false; self.categories.len()];
        let mut settled = Vec::new();
        for start in 0..done.len() {
            if done[start] || is_boundary[start] || !is_thing(start, &self.categories) {
                continue;
            }
            let (mut things, mut votes) = (vec![start], [0; CATEGORIES]);
            done[start] = true;
            let mut next = 0;
            while let Some(&at) = things.get(next) {
                next += 1;
                votes[usize::from(self.categories[at])] += 1;
                for near in neighbours(at) {
                    if !done[near] && !is_boundary[near] && is_thing(near, &self.categories) {
                        done[near] = true;
                        things.push(near);
                    }
                }
            }
            let most = (0..CATEGORIES as u8).max_by_key(|&category| votes[usize::from(category)]).unwrap_or(BACKGROUND);
            for &at in &things {
                self.categories[at] = most;
            }
            settled.extend(things);
        }
        // Boundaries grow inward from the things, step by step.
        let mut next = 0;
        while let Some(&at) = settled.get(next) {
            next += 1;
            for near in neighbours(at) {
                if !done[near] && is_thing(near, &self.categories) {
                    done[near] = true;
                    self.categories[near] = self.categories[at];
                    settled.push(near);
                }
            }
        }
        self
    }

    /// A map from a picture like that of [`Self::to_picture`]: of any size, its centred square is read place by place and
    /// never blended, since the mean of two categories is a third one.
    #[must_use]
    pub fn from_picture(picture: &Picture) -> Self {
        let (width, height) = (picture.width as usize, picture.height as usize);
        let side = width.min(height);
        let (left, top) = ((width - side) / 2, (height - side) / 2);
        let (pixels, _) = picture.rgb.as_chunks::<3>();
        let centre = |at: usize| (2 * at + 1) * side / (2 * BASE_SIZE);
        let seen = |at: usize| pixels[(top + centre(at / BASE_SIZE)) * width + left + centre(at % BASE_SIZE)];
        let (categories, boundary) = (0..BASE_SIZE * BASE_SIZE)
            .map(|at| {
                let [red, green, _] = seen(at);
                ((usize::from(red) / RED_PER_CATEGORY) as u8, f32::from(green) / 255.0)
            })
            .unzip();
        Self { categories, boundary }
    }

    /// The map as a picture of 64 x 64 to keep and to edit: red is 16 times the category and 8, green the boundary.
    #[must_use]
    pub fn to_picture(&self) -> Picture {
        let pixel = |(&category, boundary): (&u8, &f32)| {
            let red = usize::from(category) * RED_PER_CATEGORY + RED_PER_CATEGORY / 2;
            [red as u8, (boundary * 255.0).round() as u8, 0]
        };
        let rgb = self.categories.iter().zip(&self.boundary).flat_map(pixel).collect();
        Picture { width: BASE_SIZE as u32, height: BASE_SIZE as u32, rgb }
    }

    /// The category of each place, `[64, 64]`.
    #[must_use]
    pub fn categories(&self) -> &[u8] {
        &self.categories
    }

    /// How much each place is a boundary, `[64, 64]` in [0, 1].
    #[must_use]
    pub fn boundary(&self) -> &[f32] {
        &self.boundary
    }

    /// The share of the map that each category covers; they sum to 1.
    #[must_use]
    pub fn shares(&self) -> [f32; CATEGORIES] {
        let mut shares = [0.0; CATEGORIES];
        for &category in &self.categories {
            shares[usize::from(category)] += 1.0 / self.categories.len() as f32;
        }
        shares
    }

    /// One plane a category, 1 where it is, and the boundary as the last plane.
    ///
    /// # Shapes
    /// Returns `[17, size, size]`: places repeated where `size` is above 64, averaged where it is below, as in training.
    ///
    /// # Panics
    /// When neither of `size` and 64 divides the other.
    #[must_use]
    pub fn raster(&self, size: usize) -> Raster {
        let mut data = Vec::with_capacity((CATEGORIES + 1) * self.categories.len());
        for category in 0..CATEGORIES {
            data.extend(self.categories.iter().map(|&at| f32::from(u8::from(usize::from(at) == category))));
        }
        data.extend(&self.boundary);
        Raster::new(CATEGORIES + 1, BASE_SIZE, data).resized(size, Raster::nearest)
    }
}

/// The four places next to one.
fn neighbours(at: usize) -> impl Iterator<Item = usize> {
    let (y, x) = (at / BASE_SIZE, at % BASE_SIZE);
    let beside = [(x > 0).then(|| at - 1), (x + 1 < BASE_SIZE).then(|| at + 1)];
    let above = [(y > 0).then(|| at - BASE_SIZE), (y + 1 < BASE_SIZE).then(|| at + BASE_SIZE)];
    beside.into_iter().chain(above).flatten()
}

/// The shares only; the planes would fill the log.
impl std::fmt::Debug for Instances {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Instances(shares {:?})", self.shares())
    }
}

/// Where a picture may be changed: the things of `chosen` categories and a small margin around them. With no category
/// chosen it is everything but background.
///
/// # Shapes
/// Returns `[1, 256, 256]`, 1 where the model is free: [`Masking`](super::Masking)'s mask.
#[must_use]
pub fn mask_from_instances(instances: &Instances, chosen: &[u8]) -> Raster {
    let free = |category: u8| if chosen.is_empty() { category != BACKGROUND } else { chosen.contains(&category) };
    let places: Vec<bool> = instances.categories.iter().map(|&category| free(category)).collect();
    let around = |at: usize| at.saturating_sub(MASK_MARGIN)..=(at + MASK_MARGIN).min(BASE_SIZE - 1);
    let grown = |at: usize| {
        let (y, x) = (at / BASE_SIZE, at % BASE_SIZE);
        around(y).any(|y| around(x).any(|x| places[y * BASE_SIZE + x]))
    };
    let data = (0..places.len()).map(|at| f32::from(u8::from(grown(at)))).collect();
    let mut mask = Raster::new(1, BASE_SIZE, data).bilinear(PICTURE_SIZE / BASE_SIZE);
    // Its steps would show as an edge of stairs in what is made within it.
    for free in &mut mask.data {
        *free = f32::from(u8::from(*free >= 0.5));
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: usize = BASE_SIZE * BASE_SIZE;

    /// Food (6) at one place, a vehicle (9) at another, background elsewhere.
    fn two_things() -> Instances {
        let mut categories = vec![BACKGROUND; AREA];
        categories[10 * BASE_SIZE + 20] = 6;
        categories[0] = 9;
        let mut boundary = vec![0.0; AREA];
        boundary[1] = 0.5;
        Instances::new(categories, boundary).unwrap()
    }

    #[test]
    fn every_place_has_one_category_and_the_boundary_comes_last() {
        let raster = two_things().raster(BASE_SIZE);
        assert_eq!((raster.channels, raster.size), (17, 64));
        for at in 0..AREA {
            let sum: f32 = (0..CATEGORIES).map(|category| raster.data[category * AREA + at]).sum();
            assert_eq!((sum * 16.0) as u32, 16);
        }
        let set = |category: usize, at: usize| raster.data[category * AREA + at] > 0.5;
        assert!(set(6, 10 * BASE_SIZE + 20) && set(9, 0) && set(0, 1));
        assert_eq!(raster.data[16 * AREA..][..3], [0.0, 0.5, 0.0]);
    }

    #[test]
    fn larger_rasters_repeat_places_and_smaller_ones_average_them() {
        let map = two_things();
        let large = map.raster(256);
        assert_eq!(large, map.raster(64).nearest(4));
        assert!((map.raster(32).data[9 * 32 * 32] - 0.25).abs() < 1e-6);
    }

    #[test]
    fn a_mask_covers_the_chosen_things_and_one_place_around_them() {
        let size_of = |chosen: &[u8]| {
            let mask = mask_from_instances(&two_things(), chosen);
            assert_eq!((mask.channels, mask.size), (1, 256));
            assert!(mask.data.iter().all(|&free| [0.0, 1.0].contains(&free)));
            mask.data.iter().filter(|&&free| free > 0.0).count()
        };
        // Corners inside the picture are rounded by a pixel.
        assert_eq!(size_of(&[6]), 9 * 16 - 4);
        assert_eq!(size_of(&[9]), 4 * 16 - 1, "at the corner the margin ends at the picture's edge");
        assert_eq!(size_of(&[]), 13 * 16 - 5);
        assert_eq!(size_of(&[3]), 0);
    }

    #[test]
    fn each_thing_has_one_category_after_the_vote() {
        // Two things side by side, parted by a boundary: mostly food with some animal, and a plant.
        let (mut categories, mut boundary) = (vec![BACKGROUND; AREA], vec![0.0; AREA]);
        for y in 10..20 {
            for x in 10..30 {
                let at = y * BASE_SIZE + x;
                categories[at] = if x < 20 { 6 } else { 5 };
                boundary[at] = if x == 20 { 0.9 } else { 0.0 };
            }
            categories[y * BASE_SIZE + 12] = 4;
        }
        let map = Instances::new(categories, boundary.clone()).unwrap().voted();
        for y in 10..20 {
            let row = &map.categories()[y * BASE_SIZE..][..BASE_SIZE];
            assert!(
                row[10..20].iter().all(|&category| category == 6) && row[21..30].iter().all(|&category| category == 5)
            );
            assert!(row[20] == 5 || row[20] == 6, "a boundary belongs to one of the two");
            assert_eq!((row[9], row[30]), (BACKGROUND, BACKGROUND));
        }
        assert_eq!(map.boundary(), boundary);
    }

    #[test]
    fn a_map_survives_as_a_picture_of_any_size() {
        let map = two_things();
        let picture = map.to_picture();
        let read = Instances::from_picture(&picture);
        assert_eq!(read.categories(), map.categories());
        assert!((read.boundary()[1] - 0.5).abs() < 1.0 / 255.0);
        // Three times as large, with a margin on either side that the centred square leaves out.
        let large = Picture {
            width: 3 * 64 + 20,
            height: 3 * 64,
            rgb: (0..3 * 64 * (3 * 64 + 20))
                .flat_map(|at| {
                    let (y, x) = (at / 212, at % 212);
                    let at = y / 3 * 64 + (x.max(10) - 10).min(191) / 3;
                    picture.rgb[3 * at..][..3].to_vec()
                })
                .collect(),
        };
        assert_eq!(Instances::from_picture(&large), read);
    }

    #[test]
    fn maps_that_make_no_sense_are_errors() {
        assert!(Instances::new(vec![0; 5], vec![0.0; 5]).is_err());
        let error = Instances::new(vec![16; AREA], vec![0.0; AREA]).unwrap_err();
        assert!(error.to_string().contains("choose 0 to 15"), "{error}");
        assert!(Instances::new(vec![0; AREA], vec![f32::NAN; AREA]).is_err());
    }
}
