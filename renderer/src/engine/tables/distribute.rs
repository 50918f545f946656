//! How the width of a table is shared out among its columns (CSS Tables 3, section 3.9, "distribution algorithm").

/// What a column asks for, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Column {
    /// Narrower than this, its contents do not fit.
    pub(super) min: f32,
    /// Wide enough for no line to break; of a constrained column, its width.
    pub(super) max: f32,
    /// A part of the table, 1 for all of it.
    pub(super) percent: f32,
    /// Whether it has a width in pixels.
    pub(super) constrained: bool,
}

impl Column {
    /// Takes in a cell of the column.
    pub(super) fn encompass(&mut self, cell: Self) {
        self.max = match (self.constrained, cell.constrained) {
            (true, false) => self.max.max(cell.min),
            (false, true) => self.min.max(cell.max),
            _ => self.max.max(cell.max),
        };
        self.min = self.min.max(cell.min);
        self.max = self.max.max(self.min);
        self.percent = self.percent.max(cell.percent);
        self.constrained |= cell.constrained;
    }

    /// Whether its contents alone say how wide it is.
    fn is_auto(&self) -> bool {
        !self.constrained && self.percent == 0.0
    }
}

/// Has a cell of several columns fit into them.
pub(super) fn span(columns: &mut [Column], cell: Column, spacing: f32) {
    let gaps = spacing * columns.len().saturating_sub(1) as f32;
    let min: f32 = columns.iter().map(|column| column.min).sum::<f32>() + gaps;
    let max: f32 = columns.iter().map(|column| column.max).sum::<f32>() + gaps;
    let share = |wanted: f32, columns: &[Column], of: fn(&Column) -> f32| -> Vec<f32> {
        let growing = |column: &Column| columns.iter().all(|column| !column.is_auto()) || column.is_auto();
        let total: f32 = columns.iter().filter(|column| growing(column)).map(of).sum();
        let number = columns.iter().filter(|column| growing(column)).count().max(1) as f32;
        let part = |column: &Column| if total > 0.0 { of(column) / total } else { 1.0 / number };
        columns.iter().map(|column| if growing(column) { wanted * part(column) } else { 0.0 }).collect()
    };
    if cell.max > max {
        let more = share(cell.max - max, columns, |column| column.max);
        columns.iter_mut().zip(more).for_each(|(column, more)| column.max += more);
    }
    if cell.min > min {
        let more = share(cell.min - min, columns, |column| column.max);
        for (column, more) in columns.iter_mut().zip(more) {
            column.min += more;
            column.max = column.max.max(column.min);
        }
    }
    let percent: f32 = columns.iter().map(|column| column.percent).sum();
    if cell.percent > percent {
        let free = columns.iter().filter(|column| column.percent == 0.0).count();
        for column in columns.iter_mut().filter(|column| column.percent == 0.0) {
            column.percent = (cell.percent - percent) / free as f32;
        }
    }
}

/// No more than all of the table.
fn normalise(columns: &mut [Column]) {
    let mut left = 1.0_f32;
    for column in columns {
        column.percent = column.percent.min(left);
        left -= column.percent;
    }
}

/// How wide a table is by itself, without spacing: at least, and where no line of it breaks.
pub(super) fn intrinsic(columns: &[Column]) -> (f32, f32) {
    let mut columns = columns.to_vec();
    normalise(&mut columns);
    let min = columns.iter().map(|column| column.min).sum();
    let mut max: f32 = columns.iter().map(|column| column.max).sum();
    let percent: f32 = columns.iter().map(|column| column.percent).sum();
    let rest: f32 = columns.iter().filter(|column| column.percent == 0.0).map(|column| column.max).sum();
    for column in columns.iter().filter(|column| column.percent > 0.0) {
        max = max.max(column.max / column.percent);
    }
    if percent > 0.0 && rest > 0.0 {
        max = max.max(if percent < 1.0 { rest / (1.0 - percent) } else { f32::MAX });
    }
    (min, max)
}

/// The width of each column where all together have `width`; wider where that is not enough.
pub(super) fn widths(columns: &[Column], width: f32) -> Vec<f32> {
    let mut columns = columns.to_vec();
    normalise(&mut columns);
    let guess = |of: &dyn Fn(&Column) -> f32| columns.iter().map(of).collect::<Vec<f32>>();
    let percent = |column: &Column| (column.percent * width).max(column.min);
    let guesses = [
        guess(&|column| column.min),
        guess(&|column| if column.percent > 0.0 { percent(column) } else { column.min }),
        guess(&|column| match column {
            _ if column.percent > 0.0 => percent(column),
            _ if column.constrained => column.max,
            _ => column.min,
        }),
        guess(&|column| if column.percent > 0.0 { percent(column) } else { column.max }),
    ];
    if width <= guesses[0].iter().sum() {
        return guesses[0].clone();
    }
    for pair in guesses.windows(2) {
        let (low, high): (f32, f32) = (pair[0].iter().sum(), pair[1].iter().sum());
        if width <= high && high > low {
            let part = (width - low) / (high - low);
            return pair[0].iter().zip(&pair[1]).map(|(low, high)| low + (high - low) * part).collect();
        }
    }
    let [.., mut widths] = guesses;
    let more = width - widths.iter().sum::<f32>();
    let weights: Vec<f32> = if columns.iter().any(|column| column.is_auto() && column.max > 0.0) {
        columns.iter().map(|column| if column.is_auto() { column.max } else { 0.0 }).collect()
    } else if columns.iter().any(Column::is_auto) {
        columns.iter().map(|column| if column.is_auto() { 1.0 } else { 0.0 }).collect()
    } else if columns.iter().any(|column| column.percent == 0.0 && column.max > 0.0) {
        columns.iter().map(|column| if column.percent == 0.0 { column.max } else { 0.0 }).collect()
    } else {
        columns.iter().map(|column| column.percent).collect()
    };
    let total: f32 = weights.iter().sum();
    if total > 0.0 {
        widths.iter_mut().zip(weights).for_each(|(width, weight)| *width += more * weight / total);
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn auto(min: f32, max: f32) -> Column {
        Column { min, max, percent: 0.0, constrained: false }
    }

    #[test]
    fn what_is_left_over_goes_by_the_width_of_the_contents() {
        assert_eq!(widths(&[auto(10.0, 20.0), auto(10.0, 60.0)], 160.0), [40.0, 120.0]);
        assert_eq!(widths(&[auto(0.0, 0.0), auto(0.0, 0.0)], 160.0), [80.0, 80.0]);
    }

    #[test]
    fn what_is_missing_is_taken_from_what_can_break() {
        assert_eq!(widths(&[auto(50.0, 50.0), auto(10.0, 110.0)], 110.0), [50.0, 60.0]);
        assert_eq!(widths(&[auto(50.0, 50.0), auto(10.0, 110.0)], 20.0), [50.0, 10.0]);
    }

    #[test]
    fn a_part_of_the_table_is_kept_and_leaves_the_others_what_they_need() {
        let all = Column { percent: 1.0, ..auto(10.0, 30.0) };
        assert_eq!(widths(&[all, auto(20.0, 20.0)], 200.0), [180.0, 20.0]);
        let half = Column { percent: 0.5, ..auto(10.0, 30.0) };
        assert_eq!(widths(&[half, auto(20.0, 20.0)], 200.0), [100.0, 100.0]);
        assert_eq!(intrinsic(&[half, auto(20.0, 20.0)]), (30.0, 60.0));
    }

    #[test]
    fn a_width_in_pixels_is_kept_where_others_can_give_or_take() {
        let mut column = auto(10.0, 300.0);
        column.encompass(Column { constrained: true, ..auto(10.0, 100.0) });
        assert_eq!(widths(&[column, auto(10.0, 50.0)], 400.0), [100.0, 300.0]);
    }

    #[test]
    fn a_cell_of_several_columns_widens_those_that_have_no_width() {
        let mut columns = [Column { constrained: true, ..auto(50.0, 50.0) }, auto(10.0, 10.0)];
        span(&mut columns, auto(100.0, 200.0), 2.0);
        assert_eq!((columns[0].min, columns[0].max), (50.0, 50.0));
        assert_eq!((columns[1].min, columns[1].max), (48.0, 148.0));
    }
}
