//! Room around a picture.

use crate::conditions::PICTURE_SIZE;
use crate::image::Picture;

/// A picture of 256 x 256 made smaller so that a margin of that share of the side is free around it, and a mask that is white
/// there. The free part shows the picture's own edge drawn outward: the network never sees it.
pub(super) fn with_margin(picture: &Picture, margin: f32) -> (Picture, Picture) {
    let width = (margin * PICTURE_SIZE as f32).round() as usize;
    let inner = picture.fitted((PICTURE_SIZE - 2 * width) as u32);
    let side = inner.width as usize;
    let (pixels, _) = inner.rgb.as_chunks::<3>();
    let nearest = |at: usize| at.clamp(width, width + side - 1) - width;
    let outside = |at: usize| !(width..width + side).contains(&at);
    let places = || (0..PICTURE_SIZE * PICTURE_SIZE).map(|at| (at / PICTURE_SIZE, at % PICTURE_SIZE));
    let rgb = places().flat_map(|(y, x)| pixels[nearest(y) * side + nearest(x)]).collect();
    let mask = places().flat_map(|(y, x)| [if outside(y) || outside(x) { 255 } else { 0 }; 3]).collect();
    let whole = |rgb| Picture { width: PICTURE_SIZE as u32, height: PICTURE_SIZE as u32, rgb };
    (whole(rgb), whole(mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_stands_in_the_middle_and_the_margin_is_free() {
        let size = PICTURE_SIZE as u32;
        let red = Picture::new(size, size, [200, 0, 0].repeat(PICTURE_SIZE * PICTURE_SIZE)).unwrap();
        let (picture, mask) = with_margin(&red, 0.25);
        assert_eq!(picture, red);
        let free = mask.rgb.iter().step_by(3).filter(|&&value| value == 255).count();
        assert_eq!(free, 256 * 256 - 128 * 128);
        assert_eq!((mask.rgb[0], mask.rgb[3 * (128 * 256 + 128)]), (255, 0));
    }
}
