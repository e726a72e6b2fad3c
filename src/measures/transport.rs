//! The transportation problem: what lies at some places is needed at others; the least work that carries it there. Exact, by
//! successive shortest paths with node potentials (Ahuja, Magnanti and Orlin 1993, "Network Flows", section 9.7).

/// The least Σ amount · distance that carries `supplies` to `demands`, until either is used up.
///
/// # Shapes
/// `distances` is `[supplies, demands]`, row by row, none below 0. Amounts are whole, so that every path carries at least 1
/// and the search ends.
pub(super) fn least_work(supplies: &[u64], demands: &[u64], distances: &[f64]) -> f64 {
    assert_eq!(distances.len(), supplies.len() * demands.len(), "a distance for each supply and demand");
    let mut plan = Plan {
        supplies: supplies.to_vec(),
        demands: demands.to_vec(),
        distances,
        flow: vec![0; distances.len()],
        potential: vec![0.0; supplies.len() + demands.len()],
    };
    while let Some(path) = plan.shortest_path() {
        plan.carry_along(&path);
    }
    plan.flow.iter().zip(distances).map(|(&amount, distance)| amount as f64 * distance).sum()
}

/// Nodes are the supplies and after them the demands. Forward edges carry any amount; an edge back from a demand undoes what
/// was carried there.
struct Plan<'a> {
    /// What is left to be carried away.
    supplies: Vec<u64>,
    /// What is still needed.
    demands: Vec<u64>,
    distances: &'a [f64],
    /// What is carried, `[supplies, demands]`.
    flow: Vec<u64>,
    /// Of each node; they keep the reduced length of every usable edge at 0 or above.
    potential: Vec<f64>,
}

impl Plan<'_> {
    fn edge(&self, supply: usize, demand: usize) -> usize {
        supply * self.demands.len() + demand - self.supplies.len()
    }

    /// Length of the edge from one node to another with the potentials taken off, or nothing where it can carry no more.
    fn reduced_length(&self, from: usize, to: usize) -> Option<f64> {
        let length = if from < self.supplies.len() {
            self.distances[self.edge(from, to)]
        } else {
            let edge = self.edge(to, from);
            if self.flow[edge] == 0 {
                return None;
            }
            -self.distances[edge]
        };
        // Below 0 by rounding only.
        Some((length + self.potential[from] - self.potential[to]).max(0.0))
    }

    /// Nodes from a supply that has something left to the nearest demand that needs something (Dijkstra from all such supplies at
    /// once), or nothing where all is done.
    fn shortest_path(&mut self) -> Option<Vec<usize>> {
        let (sources, nodes) = (self.supplies.len(), self.potential.len());
        let start = |node: usize| if node < sources && self.supplies[node] > 0 { 0.0 } else { f64::INFINITY };
        let mut length: Vec<f64> = (0..nodes).map(start).collect();
        let mut before = vec![None; nodes];
        let mut done = vec![false; nodes];
        let target = loop {
            let open = (0..nodes).filter(|&node| !done[node] && length[node].is_finite());
            let node = open.min_by(|&a, &b| length[a].total_cmp(&length[b]))?;
            if node >= sources && self.demands[node - sources] > 0 {
                break node;
            }
            done[node] = true;
            let others = if node < sources { sources..nodes } else { 0..sources };
            for other in others.filter(|&other| !done[other]) {
                if let Some(step) = self.reduced_length(node, other)
                    && length[node] + step < length[other]
                {
                    length[other] = length[node] + step;
                    before[other] = Some(node);
                }
            }
        };
        let reached = length[target];
        for (potential, length) in self.potential.iter_mut().zip(length) {
            *potential += length.min(reached);
        }
        let mut path = vec![target];
        while let Some(node) = before[path[path.len() - 1]] {
            path.push(node);
        }
        path.reverse();
        Some(path)
    }

    /// Carries as much as the path can.
    fn carry_along(&mut self, path: &[usize]) {
        let sources = self.supplies.len();
        let (first, last) = (path[0], path[path.len() - 1] - sources);
        let backward = path.windows(2).filter(|step| step[0] >= sources);
        let undone = backward.map(|step| self.flow[self.edge(step[1], step[0])]).min().unwrap_or(u64::MAX);
        let amount = undone.min(self.supplies[first]).min(self.demands[last]);
        for step in path.windows(2) {
            if step[0] < sources {
                let edge = self.edge(step[0], step[1]);
                self.flow[edge] += amount;
            } else {
                let edge = self.edge(step[1], step[0]);
                self.flow[edge] -= amount;
            }
        }
        self.supplies[first] -= amount;
        self.demands[last] -= amount;
    }
}

#[cfg(test)]
mod tests {
    use super::least_work;

    fn near(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} is not {want}");
    }

    #[test]
    fn a_greedy_choice_is_taken_back_where_the_whole_gains() {
        // The nearest pair is (0, 0); with it the other pair costs 10.
        near(least_work(&[1, 1], &[1, 1], &[1.0, 2.0, 2.0, 10.0]), 4.0);
    }

    /// `linprog(c, A_eq=[[1,1,1,1,0,0,0,0,0,0,0,0], ...], b_eq=[20,30,25,10,25,15,25]).fun` of scipy 1.17.
    #[test]
    fn a_textbook_problem_has_its_textbook_cost() {
        let distances = [8., 6., 10., 9., 9., 12., 13., 7., 14., 9., 16., 5.];
        near(least_work(&[35, 50, 40], &[45, 20, 30, 30], &distances), 1020.0);
    }

    #[test]
    fn what_is_too_much_stays_where_it_is() {
        near(least_work(&[5, 5], &[3], &[2.0, 1.0]), 3.0);
        near(least_work(&[], &[3], &[]), 0.0);
    }
}
