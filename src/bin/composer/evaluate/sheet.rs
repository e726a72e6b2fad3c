//! Pictures side by side, to look at.

use composer::conditions::Raster;
use composer::image::Picture;
use composer::pipeline::Decomposition;

use super::Drawn;

/// Pictures on a sheet.
const COLUMNS: usize = 10;
/// Side of one, and the room between two.
const CELL: usize = 128;
const GAP: usize = 4;

/// Rows: the pictures, what was given of them, what came out, and what came out with nothing given.
pub(super) fn of(name: &str, asked: &[&Decomposition], given: &[Drawn], nothing: &[Drawn]) -> Picture {
    let drawn =
        |set: &[Drawn], index: usize| set.iter().find(|drawn| drawn.index == index).map(|d| d.parts.picture.clone());
    let column = |index: usize| {
        let parts = asked[index];
        [Some(parts.picture.clone()), shown(name, parts), drawn(given, index), drawn(nothing, index)]
    };
    let columns: Vec<_> = given.iter().take(COLUMNS).map(|drawn| column(drawn.index)).collect();
    let (width, height) = (columns.len() * (CELL + GAP) - GAP, 4 * (CELL + GAP) - GAP);
    let mut rgb = vec![255; width * height * 3];
    for (x, column) in columns.iter().enumerate() {
        for (y, picture) in column.iter().enumerate() {
            let Some(picture) = picture else { continue };
            let cell = picture.fitted(CELL as u32);
            for (line, pixels) in cell.rgb.chunks_exact(CELL * 3).enumerate() {
                let start = ((y * (CELL + GAP) + line) * width + x * (CELL + GAP)) * 3;
                rgb[start..start + CELL * 3].copy_from_slice(pixels);
            }
        }
    }
    Picture { width: width as u32, height: height as u32, rgb }
}

/// A representation as a picture; none of words and semantics.
fn shown(name: &str, parts: &Decomposition) -> Option<Picture> {
    let named = |name: &str| parts.pictures().into_iter().find(|(other, _)| *other == name).map(|(_, picture)| picture);
    match name {
        "masking" => named("mask"),
        "instances" => Some(things(parts)),
        "palette" => Some(stripes(parts)),
        _ => named(name),
    }
}

/// Categories as greys: a map's own picture is for machines.
fn things(parts: &Decomposition) -> Picture {
    let categories = parts.maps.instances.categories();
    let side = categories.len().isqrt();
    Raster::new(1, side, categories.iter().map(|&category| f32::from(category)).collect()).to_picture(0.0, 15.0)
}

/// The main colours, as wide as they count.
fn stripes(parts: &Decomposition) -> Picture {
    let swatches = parts.palette.swatches(8);
    let total: f32 = swatches.iter().map(|(_, weight)| weight).sum();
    let mut ends = Vec::with_capacity(swatches.len());
    let mut sum = 0.0;
    for (color, weight) in &swatches {
        sum += weight / total;
        ends.push((sum, *color));
    }
    let at = |x: usize| {
        let share = (x as f32 + 0.5) / CELL as f32;
        ends.iter().find(|(end, _)| share <= *end).map_or([255; 3], |(_, color)| *color)
    };
    let row: Vec<u8> = (0..CELL).flat_map(at).collect();
    Picture { width: CELL as u32, height: CELL as u32, rgb: row.repeat(CELL) }
}
