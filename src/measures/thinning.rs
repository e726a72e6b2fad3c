//! Lines of any width to lines of one pixel. Zhang and Suen 1984, "A fast parallel algorithm for thinning digital patterns".

/// A square of pixels that are line or paper, `[size, size]`.
pub(super) struct Lines {
    pub(super) size: usize,
    pub(super) on: Vec<bool>,
}

impl Lines {
    /// Whether there is a line; beyond the edge there is none.
    pub(super) fn at(&self, y: usize, x: usize, (dy, dx): (isize, isize)) -> bool {
        match (y.checked_add_signed(dy), x.checked_add_signed(dx)) {
            (Some(y), Some(x)) => y < self.size && x < self.size && self.on[y * self.size + x],
            _ => false,
        }
    }

    /// How many pixels are line.
    pub(super) fn count(&self) -> usize {
        self.on.iter().filter(|&&on| on).count()
    }

    /// The skeleton: the same lines, one pixel wide.
    pub(super) fn thinned(mut self) -> Self {
        loop {
            let before = self.count();
            self.peel(false);
            self.peel(true);
            if self.count() == before {
                return self;
            }
        }
    }

    /// One subiteration: takes away the border pixels of two sides, south and east or (`opposite`) north and west.
    fn peel(&mut self, opposite: bool) {
        // P2 to P9 of the paper: clockwise, from the north.
        const AROUND: [(isize, isize); 8] = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)];
        // North, east, south and west are 0, 2, 4 and 6.
        let sides = if opposite { [[0, 2, 6], [0, 4, 6]] } else { [[0, 2, 4], [2, 4, 6]] };
        let goes = |index: usize| {
            let (y, x) = (index / self.size, index % self.size);
            let p = AROUND.map(|step| self.at(y, x, step));
            let neighbours = p.iter().filter(|&&on| on).count();
            let rises = (0..8).filter(|&i| !p[i] && p[(i + 1) % 8]).count();
            let open = |side: &[usize; 3]| side.iter().any(|&i| !p[i]);
            (2..=6).contains(&neighbours) && rises == 1 && sides.iter().all(open)
        };
        let gone: Vec<usize> = (0..self.on.len()).filter(|&index| self.on[index] && goes(index)).collect();
        for index in gone {
            self.on[index] = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn lines(size: usize, on: impl Fn(usize, usize) -> bool) -> Lines {
        Lines { size, on: (0..size * size).map(|i| on(i / size, i % size)).collect() }
    }

    #[test]
    fn a_bar_becomes_a_line_and_a_line_stays() {
        let bar = lines(16, |y, x| (5..10).contains(&y) && (2..14).contains(&x)).thinned();
        for x in 5..11 {
            assert_eq!((0..16).filter(|&y| bar.at(y, x, (0, 0))).collect::<Vec<_>>(), [7]);
        }
        let line = lines(16, |y, x| y == x);
        let on = line.on.clone();
        assert_eq!(line.thinned().on, on);
    }

    #[test]
    fn a_ring_stays_closed() {
        let distance = |y: usize, x: usize| (y as f64 - 15.5).hypot(x as f64 - 15.5);
        let ring = lines(32, |y, x| (8.0..12.0).contains(&distance(y, x))).thinned();
        // From the middle outwards there is a line in every direction.
        for degrees in 0..360 {
            let (sin, cos) = f64::from(degrees).to_radians().sin_cos();
            let hit = (0..64).map(|i| f64::from(i) / 4.0).any(|r| {
                let (y, x) = ((15.5 + r * sin).round() as usize, (15.5 + r * cos).round() as usize);
                [(0, 0), (0, 1), (1, 0)].iter().any(|&step| ring.at(y, x, step))
            });
            assert!(hit, "open at {degrees} degrees");
        }
    }
}
