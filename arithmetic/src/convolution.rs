//! Convolutions.
//!
//! One of 3×3 is the sum of nine products of matrices, one for each place of the kernel: with a border of zeros around every plane,
//! the input as that place sees it is the same memory, read from a few numbers further on. With a stride of 2 it is so within the
//! even and the odd rows and columns, each by themselves.

use crate::parallel::for_each_piece;
use crate::products::{Planes, ROWS, conv_strip, multiply_planes, strips};

/// A weight, `[places, inputs, outputs]` with the outputs side by side in memory, in the order that [`Convolution::run`] wants.
#[must_use]
pub fn arrange_convolution(weight: &[f32], outputs: usize) -> Vec<f32> {
    strips(weight, outputs, conv_strip(outputs))
}

/// A convolution of one shape and the memory that it takes.
#[derive(Debug)]
pub struct Convolution {
    channels: usize,
    outputs: usize,
    width: usize,
    /// Height and width of an output plane.
    out: [usize; 2],
    size: usize,
    stride: usize,
    /// Columns of a padded plane, of which a stride of 2 makes four: even and odd rows, even and odd columns.
    pitch: usize,
    /// Numbers of such a plane.
    plane: usize,
    /// Where each place of the kernel starts to read.
    starts: Vec<usize>,
    /// Input planes with their borders, and a little behind the last for the positions that are too many.
    padded: Vec<f32>,
    /// Output planes whose rows are as long as a padded one; the last columns of each are meaningless.
    wide: Vec<f32>,
}

impl Convolution {
    /// For planes of `height` and `width` and a kernel of an odd `size` that keeps the size where the `stride` is 1.
    #[must_use]
    pub fn new([channels, outputs]: [usize; 2], [height, width]: [usize; 2], [size, stride]: [usize; 2]) -> Self {
        let out = [height.div_ceil(stride), width.div_ceil(stride)];
        // How many rows and columns more than the output a padded plane has.
        let more = (size - 1) / stride;
        let (rows, pitch) = (out[0] + more, out[1] + more);
        let plane = rows * pitch;
        let start = |place: usize| {
            let (y, x) = (place / size, place % size);
            (y % stride * stride + x % stride) * plane + y / stride * pitch + x / stride
        };
        Self {
            channels,
            outputs,
            width,
            out,
            size,
            stride,
            pitch,
            plane,
            starts: (0..size * size).map(start).collect(),
            padded: vec![0.0; channels * stride * stride * plane + more + ROWS],
            wide: vec![0.0; outputs.next_multiple_of(conv_strip(outputs)) * (out[0] * pitch).next_multiple_of(ROWS)],
        }
    }

    /// Height and width of an output plane: those of the input, divided by the stride and rounded up.
    #[must_use]
    pub fn out(&self) -> [usize; 2] {
        self.out
    }

    /// # Shapes
    /// `picture`: `[channels, height, width]`, `weight` from [`arrange_convolution`], `bias`: `[outputs]`, `out`: `[outputs, …self.out()]`
    ///
    /// # Panics
    /// If a slice is not of its size.
    pub fn run(&mut self, picture: &[f32], weight: &[f32], bias: &[f32], out: &mut [f32]) {
        let Self { channels, outputs, width, size, stride, pitch, plane, out: [out_height, out_width], .. } = *self;
        let border = size / 2;
        let height = picture.len() / channels / width;
        let padded = &mut self.padded[..channels * stride * stride * plane];
        for_each_piece(padded, stride * stride * plane, 1, |channel, planes| {
            let rows = &picture[channel * height * width..][..height * width];
            for (y, row) in rows.chunks_exact(width).enumerate() {
                let y = y + border;
                let start = y % stride * stride * plane + y / stride * pitch;
                if stride == 1 {
                    planes[start + border..][..width].copy_from_slice(row);
                    continue;
                }
                for (x, value) in row.iter().enumerate() {
                    let x = x + border;
                    planes[start + x % stride * plane + x / stride] = *value;
                }
            }
        });
        let positions = (out_height * pitch).next_multiple_of(ROWS);
        let planes = Planes { values: &self.padded, pitch: stride * stride * plane, starts: &self.starts };
        let columns = outputs.next_multiple_of(conv_strip(outputs));
        multiply_planes([positions, columns, channels], planes, weight, &mut self.wide);
        let wide = &self.wide;
        for_each_piece(out, out_height * out_width, 1, |output, plane| {
            let wide = &wide[output * positions..][..positions];
            for (row, wide) in plane.chunks_exact_mut(out_width).zip(wide.chunks(pitch)) {
                for (value, wide) in row.iter_mut().zip(wide) {
                    *value = wide + bias[output];
                }
            }
        });
    }
}
